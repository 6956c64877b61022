// libpq as Swift sees it (Debian keeps its headers in a folder of their own), and a cancel that nobody waits for.
#pragma once
#include <postgresql/libpq-fe.h>

/// Asks the server to cancel what `connection` runs, from a thread of its own. Returns 0, or -1 when nothing was sent.
///
/// PQcancel has no timeout: it connects anew and waits for the server to hang up, for ever where the network swallows
/// packets (libpq, "Canceling Queries in Progress"). So the thread that waits for the reply must not be the one to call it.
int clibpq_cancel_detached(PGconn *connection);
