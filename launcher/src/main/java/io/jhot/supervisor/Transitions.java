package io.jhot.supervisor;

import io.jhot.supervisor.Event.AgentConnected;
import io.jhot.supervisor.Event.AgentLost;
import io.jhot.supervisor.Event.ConnectionsCounted;
import io.jhot.supervisor.Event.Exited;
import io.jhot.supervisor.Event.HooksEnded;
import io.jhot.supervisor.Event.ListenerClosed;
import io.jhot.supervisor.Event.ListenerOpened;
import io.jhot.supervisor.Event.ListenerTaken;
import io.jhot.supervisor.Event.ListenersSeen;
import io.jhot.supervisor.Event.NoRoom;
import io.jhot.supervisor.Event.OfGeneration;
import io.jhot.supervisor.Event.Parked;
import io.jhot.supervisor.Event.Probed;
import io.jhot.supervisor.Event.ReadyDeclared;
import io.jhot.supervisor.Event.ReadySaid;
import io.jhot.supervisor.Event.Refused;
import io.jhot.supervisor.Event.ReloadRequested;
import io.jhot.supervisor.Event.SpawnFailed;
import io.jhot.supervisor.Event.Spawned;
import io.jhot.supervisor.Event.Started;
import io.jhot.supervisor.Event.StartedAgain;
import io.jhot.supervisor.Event.StopRequested;
import io.jhot.supervisor.Event.ThreadsDumped;
import io.jhot.supervisor.Event.TimePassed;
import io.jhot.supervisor.Event.WarmedUp;
import io.jhot.supervisor.Event.WentLive;
import io.jhot.supervisor.Reason.Kind;
import java.util.List;

/**
 * The state machine: what each event does to a generation in each of its stages. The whole table is
 * in {@code docs/state-machine.md}, printed by the test that tries it.
 *
 * <p>Nothing happens to a generation that is GONE, nor to one that nobody knows, nor after {@link
 * Effect.Exit}. The conclusions that are drawn after every event, whatever it was, are in {@link
 * Turn#settle}: who is ready, what is started next, which listeners are of no more use, and whether
 * jhot's time has come.
 */
public final class Transitions {

  private Transitions() {}

  /**
   * What the event leads to. Total: it throws for no fleet that it gave itself, and no event. Pure:
   * the same arguments give the same result.
   *
   * @param fleet the fleet that the step before gave, or {@link Fleet#initial}
   * @param event what has happened
   */
  public static Step step(Fleet fleet, Event event) {
    if (fleet.exited()) {
      return new Step(fleet, List.of());
    }
    Turn turn = new Turn(fleet, event.now());
    if (event instanceof OfGeneration of) {
      MutableGeneration g = turn.slot.generation(of.generation());
      if (g == null || !g.alive()) {
        if (of instanceof ListenerOpened late) {
          turn.listeners.openedByStranger(late.listener());
          return turn.finish();
        }
        return new Step(fleet, List.of());
      }
      happen(turn, g, of);
    } else {
      happen(turn, event);
    }
    turn.settle();
    return turn.finish();
  }

  private static void happen(Turn turn, Event event) {
    if (event instanceof TimePassed) {
      return; // the deadlines are looked at after every event
    }
    if (event instanceof Started e) {
      turn.succession.started(e.own());
    } else if (event instanceof ReloadRequested) {
      turn.succession.reloadRequested();
    } else if (event instanceof StopRequested e) {
      turn.end.stopRequested(e.atOnce());
    }
  }

  private static void happen(Turn turn, MutableGeneration g, OfGeneration event) {
    if (event instanceof Spawned e) {
      spawned(turn, g, e);
    } else if (event instanceof StartedAgain e) {
      startedAgain(turn, g, e);
    } else if (event instanceof SpawnFailed e) {
      spawnFailed(turn, g, e);
    } else if (event instanceof NoRoom e) {
      noRoom(turn, g, e);
    } else if (event instanceof Refused e) {
      refused(turn, g, e);
    } else if (event instanceof ListenersSeen e) {
      listenersSeen(g, e);
    } else if (event instanceof Exited e) {
      exited(turn, g, e);
    } else if (event instanceof AgentConnected) {
      agentConnected(turn, g);
    } else if (event instanceof AgentLost) {
      agentLost(turn, g);
    } else if (event instanceof ListenerOpened e) {
      turn.listeners.opened(g, e.listener());
    } else if (event instanceof ListenerTaken e) {
      turn.listeners.taken(g, e.listener());
    } else if (event instanceof ListenerClosed e) {
      turn.listeners.closed(g, e.listener());
    } else if (event instanceof ReadySaid) {
      readySaid(g);
    } else if (event instanceof ReadyDeclared) {
      readyDeclared(turn, g);
    } else if (event instanceof Probed e) {
      probed(turn, g, e);
    } else if (event instanceof WarmedUp e) {
      warmedUp(turn, g, e);
    } else if (event instanceof WentLive) {
      wentLive(turn, g);
    } else if (event instanceof Parked) {
      parked(turn, g);
    } else if (event instanceof HooksEnded) {
      hooksEnded(turn, g);
    } else if (event instanceof ConnectionsCounted e) {
      connectionsCounted(turn, g, e);
    } else if (event instanceof ThreadsDumped) {
      threadsDumped(turn, g);
    }
  }

  // One method for each event: what it does in each stage.

  private static void spawned(Turn turn, MutableGeneration g, Spawned e) {
    if (g.pid() != 0) {
      return;
    }
    switch (g.phase()) {
      case STARTING -> turn.startup.born(g, e.pid());
      case STOPPING -> {
        turn.startup.born(g, e.pid());
        turn.farewell.endUnwanted(g);
      }
      default -> {}
    }
  }

  private static void startedAgain(Turn turn, MutableGeneration g, StartedAgain e) {
    if (g.agent()) {
      return; // it has refused none
    }
    turn.startup.born(g, e.pid());
    g.agents = g.agents.giveUp();
    switch (g.phase()) {
      case STARTING -> turn.startup.withoutAgent(g);
      case STOPPING -> turn.farewell.endUnwanted(g);
      default -> {}
    }
  }

  private static void spawnFailed(Turn turn, MutableGeneration g, SpawnFailed e) {
    if (g.pid() != 0) {
      return;
    }
    Reason why = Reason.of(Kind.SPAWN_FAILED, e.reason());
    switch (g.phase()) {
      case STARTING -> turn.startup.ended(g, e.exitCode(), why);
      case STOPPING -> turn.farewell.ended(g, e.exitCode(), why);
      default -> {}
    }
  }

  private static void noRoom(Turn turn, MutableGeneration g, NoRoom e) {
    if (g.pid() != 0) {
      return;
    }
    switch (g.phase()) {
      case STARTING -> turn.succession.noRoom(g, e.why());
      case STOPPING -> turn.farewell.ended(g, 0, Reason.of(Kind.NO_ROOM, e.why()));
      default -> {}
    }
  }

  /** It could not become ready beside the one that serves, which notices nothing of it. */
  private static void refused(Turn turn, MutableGeneration g, Refused e) {
    if (g.pid() != 0) {
      return;
    }
    Reason why = Reason.of(Kind.REFUSED, e.why());
    switch (g.phase()) {
      case STARTING -> turn.startup.ended(g, Ending.JHOT_FAILED, why);
      case STOPPING -> turn.farewell.ended(g, 0, why);
      default -> {}
    }
  }

  private static void listenersSeen(MutableGeneration g, ListenersSeen e) {
    switch (g.phase()) {
      case STARTING, SERVING -> g.sight = new Sight(e.addresses(), e.lasting());
      default -> {}
    }
  }

  /**
   * The exit of a generation whose {@link Spawned} was not seen is an exit like any other; the word
   * that comes after it is about a generation that is gone.
   */
  private static void exited(Turn turn, MutableGeneration g, Exited e) {
    int code = turn.end.code(e.signaled(), e.value());
    Reason how = Reason.ofExit(e.signaled(), e.value());
    switch (g.phase()) {
      case STARTING -> turn.startup.ended(g, code, how.and(Kind.BEFORE_READY));
      case SERVING -> turn.succession.diedServing(g, code, how);
      case DRAINING -> turn.farewell.ended(g, code, how.and(Kind.WHILE_DRAINING));
      case STOPPING -> turn.farewell.ended(g, code, how);
      case GONE -> {}
    }
  }

  private static void agentConnected(Turn turn, MutableGeneration g) {
    g.agents = g.agents.connect(turn.now);
    switch (g.phase()) {
      case SERVING -> turn.takeover.restoreOutput(g); // it was ready without
      default -> {}
    }
  }

  private static void agentLost(Turn turn, MutableGeneration g) {
    if (!g.agent()) {
      return;
    }
    g.agents = g.agents.lose();
    switch (g.stage()) {
      case UNBORN, STARTING, PROBED, WARMING, GOING_LIVE -> turn.startup.withoutAgent(g);
      case PARKING, HOOKS, CONNECTIONS, RETURNING ->
          turn.farewell.stop(g, Reason.of(Kind.LOST_WHILE_DRAINING));
      default -> {} // a delayed one is sent the stop signal immediately after its delay
    }
  }

  private static void readySaid(MutableGeneration g) {
    switch (g.phase()) {
      case STARTING -> g.word = g.word.saidReady();
      default -> {}
    }
  }

  private static void readyDeclared(Turn turn, MutableGeneration g) {
    switch (g.phase()) {
      case STARTING -> g.word = g.word.declares();
      case SERVING -> {
        // a word that comes later cannot make it not ready
        if (!g.word.ready() && !g.word.declared()) {
          g.word = g.word.declares();
          turn.publish(new FleetEvent.ReadyDeclaredTooLate(g.number()));
        }
      }
      default -> {}
    }
  }

  private static void probed(Turn turn, MutableGeneration g, Probed e) {
    boolean awaited = g.trial.running() && e.attempt() == g.trial.attempt();
    if (g.stage() == Stage.PROBED && awaited) {
      turn.startup.probed(g, e.ok(), e.seen());
    }
  }

  private static void warmedUp(Turn turn, MutableGeneration g, WarmedUp e) {
    if (g.stage() == Stage.WARMING) {
      turn.startup.warmedUp(g, e.ok(), e.seen());
    }
  }

  private static void wentLive(Turn turn, MutableGeneration g) {
    switch (g.stage()) {
      case GOING_LIVE -> turn.takeover.serve(g, g.why());
      case RETURNING -> turn.takeover.serveAgain(g);
      // the end was asked for while it was going live
      case DELAYED, PARKING, HOOKS, CONNECTIONS -> g.sockets = g.sockets.withLive();
      default -> {}
    }
  }

  private static void parked(Turn turn, MutableGeneration g) {
    switch (g.stage()) {
      case PARKING, HOOKS, CONNECTIONS, STOPPING, DUMPING, KILLED -> turn.farewell.parked(g);
      default -> {}
    }
  }

  private static void hooksEnded(Turn turn, MutableGeneration g) {
    if (g.stage() == Stage.HOOKS) {
      turn.farewell.awaitConnections(g);
    }
  }

  private static void connectionsCounted(Turn turn, MutableGeneration g, ConnectionsCounted e) {
    if (g.stage() == Stage.CONNECTIONS) { // a count from before it parked says nothing
      turn.farewell.connectionsCounted(g, e.open(), e.busy(), e.idleMillis());
    }
  }

  private static void threadsDumped(Turn turn, MutableGeneration g) {
    if (g.stage() == Stage.DUMPING) {
      turn.farewell.killLate(g);
    }
  }
}
