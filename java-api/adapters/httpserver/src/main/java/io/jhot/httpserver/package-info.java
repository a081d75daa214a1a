/** io.jhot.api for the JDK's own HttpServer. */
@NullMarked
package io.jhot.httpserver;

import org.jspecify.annotations.NullMarked;
