/**
 * The agent that jhot puts into the app's JVM: it lets an unmodified server hand its listening
 * sockets over to jhot, take them over from jhot, and let go of new connections.
 *
 * <p>Invariant: the app is never worse off for the agent. Whatever the agent does not know or
 * cannot do ends in one line to jhot (a Trouble message) and in the JDK going on as if there were
 * no agent; nothing is thrown into the app but the BindException that it would have got anyway.
 *
 * <p>Runs on Java 17 and later. {@link io.jhot.agent.Agent} starts it, {@link
 * io.jhot.agent.Internals} patches the JDK, {@link io.jhot.agent.Adoption} knows the listeners,
 * {@link io.jhot.agent.Control} talks to jhot. There are no lambdas and no streams in what runs at
 * start: their bootstrap would cost the app more than all the rest.
 */
package io.jhot.agent;
