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
 * The state machine: what each event does to a generation in each phase.
 *
 * <pre>
 *                     STARTING             SERVING            DRAINING              STOPPING
 * Spawned             its process          .                  .                     is signalled
 * StartedAgain        its process; no      its process          its process           is signalled
 *                     agent will come
 * SpawnFailed         failed: GONE         .                  .                     GONE
 * NoRoom              refused or put off   .                  .                     GONE
 * Refused             failed: GONE         .                  .                     GONE
 * AgentConnected      has an agent         has an agent       has an agent          has an agent
 * AgentLost           none; may fail       none               none: STOPPING        none
 * ListenerOpened      held                 held               held                  held
 * ListenerTaken       held                 held               held                  held
 * ListenerClosed      not held             not held           not held              not held
 * ListenersSeen       may be ready         noted              .                     .
 * ReadyDeclared       has to say so        too late: told     .                     .
 * ReadySaid           ready                .                  .                     .
 * Probed              warmed up, goes live .                  .                     .
 * WarmedUp            goes live, or fails  .                  .                     .
 * WentLive            SERVING              .                  live, or SERVING      .
 * Parked              .                    .                  parked: HOOKS         parked
 * HooksEnded          .                    .                  CONNECTIONS           .
 * ConnectionsCounted  .                    .                  none left: STOPPING   .
 * ThreadsDumped       .                    .                  .                     killed
 * Exited              failed: GONE         died: GONE         GONE                  GONE
 *
 * ReloadRequested     one more after it    successor STARTS   .                     .
 * StopRequested       STOPPING             DRAINING           parks for good        .
 *   at once, again    killed               killed             killed                killed
 * TimePassed          failed, or SERVING   unclaimed dropped  the next step         dumped, killed
 * </pre>
 *
 * <p>A dot: nothing happens. GONE is not in the table: nothing happens to it. The same is true of a
 * generation that nobody knows, and of everything after {@link Effect.Exit}. The conclusions that
 * are drawn after every event, whatever it was, are in {@link Turn#settle}: who is ready, what is
 * started next, which listeners are of no more use, and whether jhot's time has come.
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
      Draft g = turn.generation(of.generation());
      if (g == null || !g.alive()) {
        if (of instanceof ListenerOpened late) {
          turn.openedByStranger(late.listener());
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
      turn.started(e.own());
    } else if (event instanceof ReloadRequested) {
      turn.reloadRequested();
    } else if (event instanceof StopRequested e) {
      turn.stopRequested(e.atOnce());
    }
  }

  private static void happen(Turn turn, Draft g, OfGeneration event) {
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
      if (g.phase == Phase.STARTING || g.phase == Phase.SERVING) {
        g.see(e.addresses(), e.lasting());
      }
    } else if (event instanceof Exited e) {
      exited(turn, g, e);
    } else if (event instanceof AgentConnected) {
      agentConnected(turn, g);
    } else if (event instanceof AgentLost) {
      agentLost(turn, g);
    } else if (event instanceof ListenerOpened e) {
      turn.opened(g, e.listener());
    } else if (event instanceof ListenerTaken e) {
      turn.taken(g, e.listener());
    } else if (event instanceof ListenerClosed e) {
      turn.closed(g, e.listener());
    } else if (event instanceof ReadySaid) {
      readySaid(g);
    } else if (event instanceof ReadyDeclared) {
      readyDeclared(turn, g);
    } else if (event instanceof Probed e) {
      if (g.startStep == StartStep.PROBE && g.probing && e.attempt() == g.attempt) {
        turn.probed(g, e.ok(), e.seen());
      }
    } else if (event instanceof WarmedUp e) {
      if (g.startStep == StartStep.WARM_UP) {
        turn.warmedUp(g, e.ok(), e.seen());
      }
    } else if (event instanceof WentLive) {
      wentLive(turn, g);
    } else if (event instanceof Parked) {
      parked(turn, g);
    } else if (event instanceof HooksEnded) {
      if (g.drainStep == DrainStep.HOOKS) {
        turn.awaitConnections(g);
      }
    } else if (event instanceof ConnectionsCounted e) {
      connectionsCounted(turn, g, e);
    } else if (event instanceof ThreadsDumped) {
      threadsDumped(turn, g);
    }
  }

  // One method for each event: what it does in each phase.

  private static void spawned(Turn turn, Draft g, Spawned e) {
    if (g.pid != 0) {
      return;
    }
    switch (g.phase) {
      case STARTING -> g.pid = e.pid();
      case STOPPING -> {
        g.pid = e.pid();
        turn.endUnwanted(g);
      }
      default -> {}
    }
  }

  private static void startedAgain(Turn turn, Draft g, StartedAgain e) {
    if (g.agent) {
      return; // it has refused none
    }
    g.pid = e.pid();
    g.agentGivenUp = true;
    switch (g.phase) {
      case STARTING -> turn.startsWithoutAgent(g);
      case STOPPING -> turn.endUnwanted(g);
      default -> {}
    }
  }

  private static void spawnFailed(Turn turn, Draft g, SpawnFailed e) {
    if (g.pid != 0) {
      return;
    }
    Reason why = Reason.of(Kind.SPAWN_FAILED, e.reason());
    switch (g.phase) {
      case STARTING -> turn.endedBeforeReady(g, e.exitCode(), why);
      case STOPPING -> turn.endedInFarewell(g, e.exitCode(), why);
      default -> {}
    }
  }

  private static void noRoom(Turn turn, Draft g, NoRoom e) {
    if (g.pid != 0) {
      return;
    }
    switch (g.phase) {
      case STARTING -> turn.startHasNoRoom(g, e.why());
      case STOPPING -> turn.endedInFarewell(g, 0, Reason.of(Kind.NO_ROOM, e.why()));
      default -> {}
    }
  }

  private static void refused(Turn turn, Draft g, Refused e) {
    if (g.pid != 0) {
      return;
    }
    switch (g.phase) {
      case STARTING -> turn.startRefused(g, e.why());
      case STOPPING -> turn.endedInFarewell(g, 0, Reason.of(Kind.REFUSED, e.why()));
      default -> {}
    }
  }

  /**
   * The exit of a generation whose {@link Spawned} was not seen is an exit like any other; the word
   * that comes after it is about a generation that is gone.
   */
  private static void exited(Turn turn, Draft g, Exited e) {
    int code = turn.code(e.signaled(), e.value());
    Reason how = Reason.ofExit(e.signaled(), e.value());
    switch (g.phase) {
      case STARTING -> turn.endedBeforeReady(g, code, how.and(Kind.BEFORE_READY));
      case SERVING -> turn.diedServing(g, code, how);
      case DRAINING -> turn.endedInFarewell(g, code, how.and(Kind.WHILE_DRAINING));
      case STOPPING -> turn.endedInFarewell(g, code, how);
      case GONE -> {}
    }
  }

  private static void agentConnected(Turn turn, Draft g) {
    g.agent = true;
    g.agentGivenUp = false;
    switch (g.phase) {
      case SERVING -> turn.restoreOutput(g); // it was ready without
      default -> {}
    }
  }

  private static void agentLost(Turn turn, Draft g) {
    if (!g.agent) {
      return;
    }
    g.agent = false;
    switch (g.phase) {
      case STARTING -> turn.startsWithoutAgent(g);
      case DRAINING -> {
        if (g.drainStep != DrainStep.DELAY) {
          turn.stop(g, Reason.of(Kind.LOST_WHILE_DRAINING));
        }
      }
      default -> {} // when it is drained, it gets the stop signal without more ado
    }
  }

  private static void readySaid(Draft g) {
    switch (g.phase) {
      case STARTING -> g.readySaid = true;
      default -> {}
    }
  }

  private static void readyDeclared(Turn turn, Draft g) {
    switch (g.phase) {
      case STARTING -> g.readyDeclared = true;
      case SERVING -> turn.declaredTooLate(g);
      default -> {}
    }
  }

  private static void wentLive(Turn turn, Draft g) {
    switch (g.phase) {
      case STARTING -> {
        if (g.goingLive()) {
          turn.serve(g, g.why);
        }
      }
      case DRAINING -> {
        if (g.drainStep == DrainStep.RETURN) {
          turn.serveAgain(g);
        } else {
          g.live = true; // the end was asked for while it was going live
        }
      }
      default -> {}
    }
  }

  private static void parked(Turn turn, Draft g) {
    switch (g.phase) {
      case DRAINING -> {
        if (g.drainStep == DrainStep.PARK) {
          turn.reportParked(g);
          turn.runHooks(g);
        } else if (g.drainStep == DrainStep.HOOKS || g.drainStep == DrainStep.CONNECTIONS) {
          g.parked = true; // late
        }
      }
      case STOPPING -> g.parked = true; // later still
      default -> {}
    }
  }

  private static void connectionsCounted(Turn turn, Draft g, ConnectionsCounted e) {
    if (g.drainStep != DrainStep.CONNECTIONS) {
      return; // a count from before it parked says nothing
    }
    if (e.open() == 0) {
      turn.stop(g, Reason.of(Kind.NO_CONNECTION_LEFT));
    } else if (e.busy() == 0 && e.idleMillis() >= turn.enoughIdle()) {
      turn.stop(g, Reason.of(Kind.IDLE_CONNECTIONS_LEFT));
    }
  }

  private static void threadsDumped(Turn turn, Draft g) {
    if (g.drainStep == DrainStep.DUMP) {
      turn.killLate(g);
    }
  }
}
