package io.jhot.ffm;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Builds requests; what is not said is nothing. */
final class Requests {
  private final String program;
  private List<String> argv;
  private List<String> environment = List.of();
  private String directory;
  private final SortedMap<Integer, Fd> descriptors = new TreeMap<>();
  private List<String> pidVariables = List.of();
  private boolean ownProcessGroup;
  private Signal parentDeathSignal;
  private List<Signal> ignoredSignals = List.of();

  private Requests(String program) {
    this.program = program;
    argv = List.of(program);
  }

  static Requests program(String program) {
    return new Requests(program);
  }

  Requests arguments(String... arguments) {
    argv = new ArrayList<>(List.of(program));
    argv.addAll(List.of(arguments));
    return this;
  }

  Requests environment(String... entries) {
    environment = List.of(entries);
    return this;
  }

  Requests directory(String path) {
    directory = path;
    return this;
  }

  Requests descriptor(int number, Fd fd) {
    descriptors.put(number, fd);
    return this;
  }

  Requests pidVariables(String... names) {
    pidVariables = List.of(names);
    return this;
  }

  Requests ownProcessGroup() {
    ownProcessGroup = true;
    return this;
  }

  Requests parentDeathSignal(Signal signal) {
    parentDeathSignal = signal;
    return this;
  }

  Requests ignoring(Signal... signals) {
    ignoredSignals = List.of(signals);
    return this;
  }

  Spawn.Request done() {
    return new Spawn.Request(
        program,
        argv,
        environment,
        directory,
        descriptors,
        pidVariables,
        ownProcessGroup,
        parentDeathSignal,
        ignoredSignals);
  }
}
