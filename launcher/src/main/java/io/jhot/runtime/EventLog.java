package io.jhot.runtime;

/** The reader of the stream that writes the log: one line for each record, or a few. */
final class EventLog implements EventStream.Reader {
  private final Journal journal;

  /**
   * @param journal where lines go; it never waits
   */
  EventLog(Journal journal) {
    this.journal = journal;
  }

  @Override
  public void read(StreamRecord record) {
    journal.log(record.level(), record.reason());
    for (String detail : StreamWording.details(record.event())) {
      journal.log(record.level(), detail);
    }
  }
}
