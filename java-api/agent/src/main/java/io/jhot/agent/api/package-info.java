/**
 * What copies of io.jhot.api talk to, in words and objects of java.base alone.
 *
 * <p>Invariant: loaded when an app uses the API, or at its first drain, and never before. There may
 * be many copies of the API, by many class loaders, of several versions; there is one of this.
 */
@NullMarked
package io.jhot.agent.api;

import org.jspecify.annotations.NullMarked;
