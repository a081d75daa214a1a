/** io.jhot.api for Spring Boot 4: to be on the class path is all that is needed. */
@NullMarked
package io.jhot.spring;

import org.jspecify.annotations.NullMarked;
