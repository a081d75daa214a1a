package io.jhot.tests;

/** The images that {@code make image} makes. */
enum JhotImage {
  /** On a JDK's image. */
  FULL("jhot"),
  /** On nothing but the C library; the tests mount a JDK into it. */
  BARE("jhot:bare");

  final String tag;

  JhotImage(String tag) {
    this.tag = tag;
  }
}
