/**
 * The agent that jhot puts into the app's JVM: it lets an unmodified server hand its listening
 * sockets over to jhot, take them over from jhot, and stop taking new connections.
 *
 * <p>Invariant: the app is never worse off for the agent. What the agent does not know or cannot do
 * ends in one line to jhot (a Trouble message), and the JDK goes on as if there were no agent.
 * Nothing is thrown into the app but the BindException that it would have got anyway.
 *
 * <p>This package holds the entry points: {@link io.jhot.agent.Agent} is where the JVM starts it,
 * {@link io.jhot.agent.ApiDoor} where a copy of io.jhot.api finds it, {@link io.jhot.agent.Session}
 * builds it, and {@link io.jhot.agent.Control} is the thread that hears jhot. The packages below it
 * do the work; they do not know this one, and there are no cycles among them:
 *
 * <pre>{@code
 * api    -> listen, app, channel, patch    what copies of io.jhot.api talk to
 * listen -> drain, app, channel, patch     the listeners and which socket lies under each
 * drain  -> app, channel, patch            asks clients to leave, finds what is under way
 * app    -> channel, patch                 the app's own classes, objects, threads, output
 * channel -> patch                         messages and descriptors to and from jhot
 * patch                                    class files, and the way into the JDK
 * }</pre>
 *
 * <p>Compiled for Java 17 and run on every later one. What runs at the app's start has no lambdas,
 * no streams and no string concatenation by bootstrap methods: linking them would cost the app more
 * than all the rest.
 */
@NullMarked
package io.jhot.agent;

import org.jspecify.annotations.NullMarked;
