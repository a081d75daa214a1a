package io.jhot.config;

import io.jhot.ffm.Signal;
import io.jhot.supervisor.Effect;
import io.jhot.supervisor.Policy.Overlap;
import io.jhot.supervisor.Policy.Readiness;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All options of {@code jhot exec}, checked.
 *
 * @param name the instance's name as given, or empty to derive one from the command
 * @param listen sockets that jhot opens itself, in the order of {@code LISTEN_FDS}
 * @param stdinSocket the name of the one that the app gets as descriptor 0, or empty
 * @param ownPorts ports that belong to one generation
 * @param ready what makes a generation ready
 * @param readyTimeoutMillis how long a generation may take until it is ready
 * @param readyAfterMillis how long a generation has to run to count as ready if nothing else shows
 *     it
 * @param drainDelayMillis how long a draining generation goes on accepting
 * @param drainTimeoutMillis from the start of the drain until the generation is killed
 * @param idleGraceMillis how long idle connections must have been quiet before a draining
 *     generation ends with them
 * @param drainTimeoutGiven whether the operator set {@code drainTimeoutMillis}
 * @param stopSignal what asks the app to end
 * @param restarts how often a generation that failed is started again: 0 never, -1 without limit
 * @param remapExit exit codes of the app, and those that jhot ends with instead
 * @param directory the app's working directory, or empty for jhot's own
 * @param environment variables for the app, {@code K=V} each, that win over the inherited ones
 * @param pidFile where jhot writes its pid once the first generation is ready, or empty
 * @param agent whether an app's JVM gets the agent
 * @param orphanKeep whether the app may outlive a jhot that was killed
 * @param probe the check before clients can reach a generation, or null
 * @param warmUp the requests after that, or null
 * @param maxDraining how many generations may drain at once, 0 for any number
 * @param dumpDirectory where thread dumps of generations that do not end go, or empty for stderr
 * @param overlap whether the next generation starts while the old one serves
 * @param stopGraceMillis how long whoever stops jhot waits before killing it; -1 if unknown
 * @param log how jhot's own lines look
 * @param logLevel the least level of them that is written
 * @param command the program and its arguments, at least the program
 */
public record ExecOptions(
    String name,
    List<ListenAddress> listen,
    String stdinSocket,
    OwnPorts ownPorts,
    Readiness ready,
    long readyTimeoutMillis,
    long readyAfterMillis,
    long drainDelayMillis,
    long drainTimeoutMillis,
    long idleGraceMillis,
    boolean drainTimeoutGiven,
    Signal stopSignal,
    int restarts,
    Map<Integer, Integer> remapExit,
    String directory,
    List<String> environment,
    String pidFile,
    boolean agent,
    boolean orphanKeep,
    @Nullable Probe probe,
    @Nullable WarmUp warmUp,
    int maxDraining,
    String dumpDirectory,
    Overlap overlap,
    long stopGraceMillis,
    LogStyle log,
    Effect.Level logLevel,
    List<String> command) {

  /** How jhot's own lines on stderr look. */
  public enum LogStyle {
    /** {@code jhot: generation 2 serves}. */
    TEXT,
    /** One JSON object a line. */
    JSON
  }
}
