/**
 * The control channel between jhot and the agent in the app's JVM, as pure bytes and records.
 *
 * <p>Invariant: one message is one datagram of an {@code AF_UNIX} {@code SOCK_SEQPACKET} socket, it
 * starts with its magic number, version and type, and it is either decoded completely or refused
 * with a {@link io.jhot.protocol.ProtocolException}. Nothing here reads a clock, a socket or a
 * file; descriptors are named by number, or ride beside the datagram by {@code SCM_RIGHTS}.
 */
@NullMarked
package io.jhot.protocol;

import org.jspecify.annotations.NullMarked;
