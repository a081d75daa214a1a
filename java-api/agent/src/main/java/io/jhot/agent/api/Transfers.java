package io.jhot.agent.api;

import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.SocketSender;
import io.jhot.agent.patch.HookClasses;
import io.jhot.protocol.Message;
import io.jhot.protocol.Message.Subject;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What generations give to each other, through jhot: state and connections. Needs Java 22, for
 * descriptors travel here in both directions; loaded when an app gives or takes something.
 */
final class Transfers {
  private final Questions questions;
  private final StateTransfer state;
  private final ConnectionTransfer connections;

  private Transfers(Channel channel, int generation, SocketSender sender) {
    questions = new Questions(channel, sender);
    state = new StateTransfer(channel, generation, sender, questions);
    connections = new ConnectionTransfer(channel, generation, questions);
  }

  /**
   * Links what is needed, which takes up to 200 ms.
   *
   * @throws IOException if this Java cannot do it; says what can
   */
  static Transfers open(Channel channel, int generation) throws IOException {
    int java = Runtime.version().feature();
    if (java < SocketSender.FIRST_JAVA) {
      throw new IOException("Java " + java + " cannot move descriptors (Java 22 can)");
    }
    Path bindings = HookClasses.bindings();
    if (bindings == null) {
      throw new IOException("jhot-ffm.jar does not lie beside the agent's jar");
    }
    try {
      SocketSender sender = SocketSender.load(bindings);
      HookClasses.defineChannels();
      channel.receiveBy(sender);
      return new Transfers(channel, generation, sender);
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      throw new IOException(e.toString(), e);
    }
  }

  StateTransfer state() {
    return state;
  }

  ConnectionTransfer connections() {
    return connections;
  }

  // ---- what jhot brings; on the thread that hears it ----

  /** Another generation wants something. */
  void asked(Message.Asked message, int[] descriptors) {
    int descriptor = first(descriptors);
    Questions.start(
        () -> {
          if (message.subject() == Subject.STATE) {
            questions.discard(descriptor);
            state.write(message);
          } else {
            connections.takeOver(message, descriptor);
          }
        });
  }

  void answered(Message.Answered message, int[] descriptors) {
    questions.answered(message, first(descriptors));
  }

  private static int first(int[] descriptors) {
    return descriptors.length == 0 ? -1 : descriptors[0];
  }

  /** jhot is gone: nothing that is asked for comes any more. */
  void abandon() {
    questions.abandon();
  }
}
