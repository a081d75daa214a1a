package io.jhot.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the agent gets into the app's JVM. It must come before every other agent: one that opens a
 * port before jhot's agent is loaded has a port that no later generation can take over. A JVM takes
 * its options from {@code JAVA_TOOL_OPTIONS}, then from {@code JDK_JAVA_OPTIONS}, then from the
 * command line with the files that it names, then from {@code _JAVA_OPTIONS}; the agent that the
 * app's own manifest names ({@code Launcher-Agent-Class}) comes last (man java).
 *
 * @param way what the app's JVM is started by
 * @param text the option; empty if there is no agent
 */
public record AgentOption(Way way, String text) {
  /** The app runs without the agent. */
  public static final AgentOption NONE = new AgentOption(Way.NONE, "");

  /** What starts the JVM, and so what can carry an option to it. */
  public enum Way {
    /** No JVM, or none that gets the agent. */
    NONE,
    /** {@code java}: the option goes on its command line, where no JVM prints a notice of it. */
    JAVA,
    /** A script or wrapper that starts {@code java} in the end: {@code JDK_JAVA_OPTIONS}. */
    WRAPPER,
    /** A program that loads libjvm itself: {@code JAVA_TOOL_OPTIONS} is all that it passes on. */
    LIBRARY
  }

  private static final String TOOL_OPTIONS = "JAVA_TOOL_OPTIONS";
  private static final String LAUNCHER_OPTIONS = "JDK_JAVA_OPTIONS";

  /** Options that load an agent, or a file that may. */
  private static final String[] AGENTS = {
    "-javaagent:", "-agentlib:", "-agentpath:", "VMOptionsFile="
  };

  /**
   * Places the option so that the JVM loads it before any other agent.
   *
   * @param argv the command line; not changed
   * @param environment the app's; the variable that carries the option is changed. A JVM prints a
   *     notice for a variable that it uses, so a new one is set only if the command line cannot
   *     carry the option
   * @return the command line to use
   */
  public List<String> place(List<String> argv, AppEnvironment environment) {
    boolean behindTools = loadsAgents(environment.get(TOOL_OPTIONS));
    switch (way) {
      case NONE -> {
        return argv;
      }
      case JAVA -> {
        if (behindTools) {
          prepend(environment, TOOL_OPTIONS);
        } else if (loadsAgents(environment.get(LAUNCHER_OPTIONS))) {
          prepend(environment, LAUNCHER_OPTIONS);
        } else {
          List<String> longer = new ArrayList<>(argv);
          longer.add(1, text);
          return longer;
        }
      }
      case WRAPPER -> {
        // a script may overwrite JAVA_TOOL_OPTIONS; a second load of the agent does nothing
        prepend(environment, LAUNCHER_OPTIONS);
        if (behindTools) {
          prepend(environment, TOOL_OPTIONS);
        }
      }
      case LIBRARY -> prepend(environment, TOOL_OPTIONS);
    }
    return argv;
  }

  private static boolean loadsAgents(@Nullable String options) {
    if (options == null) {
      return false;
    }
    if (options.startsWith("@") || options.contains(" @")) {
      return true; // a file that may hold any of them
    }
    for (String agent : AGENTS) {
      if (options.contains(agent)) {
        return true;
      }
    }
    return false;
  }

  private void prepend(AppEnvironment environment, String name) {
    String before = environment.get(name);
    environment.put(name, before == null || before.isBlank() ? quoted() : quoted() + " " + before);
  }

  /** In both variables white space separates options and double quotes keep it (man java). */
  private String quoted() {
    return text.indexOf(' ') < 0 ? text : '"' + text + '"';
  }
}
