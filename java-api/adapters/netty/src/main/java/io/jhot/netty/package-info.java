/** io.jhot.api for servers on Netty. */
package io.jhot.netty;
