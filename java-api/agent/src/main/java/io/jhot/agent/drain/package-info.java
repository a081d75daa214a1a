/**
 * What happens to accepted connections while a generation drains: clients are told that their
 * connection ends, and jhot is told what is under way on each.
 *
 * <p>Invariant: nothing here is loaded, patched or noted before the first drain, so that serving
 * costs nothing; and no request is cut off: a connection ends with an answer, or when it is at
 * rest.
 */
@NullMarked
package io.jhot.agent.drain;

import org.jspecify.annotations.NullMarked;
