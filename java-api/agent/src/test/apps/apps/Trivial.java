package apps;

/** The smallest app: says a word and ends. */
public final class Trivial {
  private Trivial() {}

  /** Prints "ok". */
  public static void main(String[] arguments) {
    System.out.println("ok");
  }
}
