/** io.jhot.api for the JDK's own HttpServer. */
package io.jhot.httpserver;
