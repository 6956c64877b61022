// zlib as Swift sees it; raw DEFLATE is what Avro calls `deflate`.
#pragma once
#include <zlib.h>
