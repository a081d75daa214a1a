/** io.jhot.api for servers on Netty. */
@NullMarked
package io.jhot.netty;

import org.jspecify.annotations.NullMarked;
