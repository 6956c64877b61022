/// Who owns what is made here.
import Glibc

enum Inheritance {
    /// Gives what root has just made in a folder to the folder's owner: a command by hand must leave nothing that the
    /// service, which runs as another user, could not read, extend or remove. Best effort: some file systems know no
    /// owners, and on others root is nobody.
    static func settle(_ file: String, in folder: String) {
        guard geteuid() == 0 else { return }
        var status = stat()
        guard stat(folder, &status) == 0, status.st_uid != 0 || status.st_gid != 0 else { return }
        _ = lchown(file, status.st_uid, status.st_gid)
    }
}
