/**
 * An HTTP/1.1 load client that counts what its users would have lost.
 *
 * <p>Three rules hold everywhere in this package. A request is sent once: nothing retries, and
 * every socket is our own, so nothing below us does. Latency starts at the moment a request was
 * meant to be sent, not when it at last could be, so a server that stalls cannot hide the requests
 * it held up (the "coordinated omission" of closed-loop clients). And each planned request ends as
 * exactly one answer or one failure with a cause.
 */
package io.jhot.examples.load;
