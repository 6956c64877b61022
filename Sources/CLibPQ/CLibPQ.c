// The detached cancel: a PGcancel holds all it needs, so it may outlive the connection it came from.
#include "CLibPQ.h"
#include <pthread.h>

static void *send_cancel(void *argument) {
    PGcancel *cancel = argument;
    char message[256];
    PQcancel(cancel, message, sizeof message);
    PQfreeCancel(cancel);
    return NULL;
}

int clibpq_cancel_detached(PGconn *connection) {
    PGcancel *cancel = PQgetCancel(connection);
    if (cancel == NULL) return -1;
    pthread_t thread;
    if (pthread_create(&thread, NULL, send_cancel, cancel) != 0) {
        PQfreeCancel(cancel);
        return -1;
    }
    return pthread_detach(thread) == 0 ? 0 : -1;
}
