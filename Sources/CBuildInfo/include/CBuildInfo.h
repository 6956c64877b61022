// What only the build knows. In C, because a Swift source cannot be handed a text by the package's manifest.
#pragma once

/// The Git commit that was built, 40 digits, with `-dirty` behind it when the tree was not as committed; `unknown` for a
/// build that was not told (`make build` tells it).
const char *cbuildinfo_commit(void);
