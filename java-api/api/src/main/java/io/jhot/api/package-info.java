/**
 * What an app can tell jhot and hear from it. jhot reloads services without losing a request: it
 * starts a new <em>generation</em> of a service beside the old one, gives it the listening sockets
 * when it is ready, and lets the old one finish. An app needs nothing from this package for that;
 * one that wants a say uses {@link io.jhot.api.Jhot}. Without jhot, in an IDE or a unit test, every
 * call is harmless and answers as in a first and only generation.
 *
 * <pre>
 *  generation 1                      jhot                       generation 2
 *  ────────────                      ────                       ────────────
 *  serves                                                       starts
 *  │  handOver("cache", 1, writer) ◄─── asks ─── inherited("cache")
 *  │     writes ──── sealed memory ─────────────────────►       is warm
 *  │                                       ◄──────────────      ready()
 *  accepts nothing new  ◄─── park ─── go live ──────────►       serves
 *  draining() is true
 *  hooks of phases below 0: no new work
 *  track()ed work ends
 *  hooks of phases from 0 on
 *  │  handOver("chat", connection) ─── socket ──────────►       onInherited("chat", handler)
 *  connections end  ◄─── TERM
 *  gone
 * </pre>
 *
 * <p>The invariant: nothing that the app does or omits here can harm the generation that serves. A
 * hook that fails is named and delays nobody; a successor that fails takes nothing away that its
 * predecessor needs; what cannot be done is a line in jhot's log.
 *
 * <h2>A consumer</h2>
 *
 * jhot does not see work that does not come through a listener. The app counts it, and stops taking
 * it in:
 *
 * {@snippet file="com/example/api/Consumer.java"}
 *
 * <h2>Warm before ready</h2>
 *
 * State goes from the old generation to the new one while the old one still serves. It may be of
 * any size, since it is never in the heap of either:
 *
 * {@snippet file="com/example/api/WarmCache.java"}
 *
 * <h2>Connections that stay</h2>
 *
 * A connection that lasts for hours would delay the drain, or be cut at its end. It can move to the
 * successor, and its client notices nothing:
 *
 * {@snippet file="com/example/api/Feed.java"}
 *
 * <h2>Which Java</h2>
 *
 * Everything works on Java 17 and later, except what moves descriptors between processes, which
 * needs Java 22 in both generations: {@link io.jhot.api.Jhot#handOver(String, int,
 * io.jhot.api.StateWriter) handOver}, {@link io.jhot.api.Jhot#inherited(String) inherited} and
 * {@link io.jhot.api.Jhot#onInherited onInherited}. On an earlier Java they log that and do
 * nothing.
 */
@NullMarked
package io.jhot.api;

import org.jspecify.annotations.NullMarked;
