package io.jhot.tests;

/** Where in its talk a connection falls silent while its generation is replaced or stopped. */
enum Pause {
  SLOW_FIRST_ANSWER("slow first answer"),
  SLOW_KEPT_ANSWER("slow on a kept connection"),
  STALLED_DOWNLOAD("stalled download"),
  SLOW_UPLOAD("slow upload"),
  HEAD_IN_TWO("request head in two pieces"),
  PAUSED_STREAM("paused stream"),
  CONTINUE("100-continue"),
  PAUSE_AND_REQUEST("pause and then a request");

  private final String title;

  Pause(String title) {
    this.title = title;
  }

  @Override
  public String toString() {
    return title;
  }
}
