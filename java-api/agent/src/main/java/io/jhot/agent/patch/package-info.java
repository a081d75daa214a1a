/**
 * The way into the JDK: class files are patched, and the hook is defined inside java.base.
 *
 * <p>Invariant: a class is patched wholly or not at all. {@link io.jhot.agent.patch.ClassPatch}
 * returns bytes only if every prologue fits, and what the patched class calls has been found in
 * this JDK first. docs/internals.md lists every member of the JDK that is used.
 */
@NullMarked
package io.jhot.agent.patch;

import org.jspecify.annotations.NullMarked;
