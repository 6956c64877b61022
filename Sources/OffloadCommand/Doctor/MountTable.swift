// Which file system a folder lies on, as the kernel's list of mounts says (proc_pid_mounts(5)).
import Foundation

struct MountTable {
    /// Lines of `device mount-point type options 0 0`, in the order of mounting.
    let lines: [Substring]

    init(_ text: String) {
        lines = text.split(separator: "\n")
    }

    static var current: MountTable {
        MountTable((try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? "")
    }

    /// The type of the innermost mount above a path, `ext4`; nil: the list does not say.
    func fileSystem(of path: String) -> String? {
        var innermost: (point: String, type: String)?
        for line in lines {
            let fields = line.split(separator: " ")
            guard fields.count >= 3 else { continue }
            // A space in a path is written in octal.
            let point = String(fields[1]).replacing("\\040", with: " ")
            let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
            // Of two mounts at one point the later hides the earlier.
            guard isAbove, point.count >= innermost?.point.count ?? 0 else { continue }
            innermost = (point, String(fields[2]))
        }
        return innermost?.type
    }
}
