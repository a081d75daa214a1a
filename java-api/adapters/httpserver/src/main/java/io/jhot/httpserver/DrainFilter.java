package io.jhot.httpserver;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import io.jhot.api.InFlight;
import io.jhot.api.Jhot;
import java.io.IOException;

/**
 * Counts requests as work in flight, so that drain hooks of later phases run when those under way
 * are answered, and says {@code Connection: close} while this generation drains, over TLS too. To
 * be added to each context: {@code context.getFilters().add(new DrainFilter())}.
 *
 * <p>A connection that is kept open may bring one more request even then: what requests cannot do
 * without is closed when the JVM ends, and not by a drain hook.
 *
 * <p>A handler that answers on another thread after it has returned is counted until it returns.
 */
public final class DrainFilter extends Filter {

  /** A filter without any state. */
  public DrainFilter() {}

  @Override
  public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
    InFlight request = Jhot.track();
    try {
      if (Jhot.draining()) {
        exchange.getResponseHeaders().set("Connection", "close");
      }
      chain.doFilter(exchange);
    } finally {
      request.close();
    }
  }

  @Override
  public String description() {
    return "jhot: counts requests, and lets connections end while draining";
  }
}
