#include "CBuildInfo.h"

const char *cbuildinfo_commit(void) { return OFFLOAD_COMMIT; }
