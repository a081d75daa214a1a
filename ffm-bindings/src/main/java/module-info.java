/**
 * libc through {@code java.lang.foreign}; the only module of jhot that links or invokes native
 * code.
 */
module io.jhot.ffm {
  requires static transitive org.jspecify;

  exports io.jhot.ffm;
}
