package io.jhot.servlet;

import io.jhot.api.InFlight;
import io.jhot.api.Jhot;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Counts requests as work in flight, asynchronous ones until they complete, so that drain hooks of
 * later phases run when those under way are answered; and says {@code Connection: close} while this
 * generation drains, over TLS too. To be registered first, for all paths, with {@code
 * asyncSupported}.
 *
 * <p>A connection that is kept open may bring one more request even then: what requests cannot do
 * without is closed when the JVM ends, and not by a drain hook.
 */
public final class DrainFilter implements Filter {

  /** A filter without any state. */
  public DrainFilter() {}

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (Jhot.draining()
        && response instanceof HttpServletResponse http
        && request.getProtocol().startsWith("HTTP/1")) {
      http.setHeader("Connection", "close");
    }
    InFlight work = Jhot.track();
    boolean handedOn = false;
    try {
      chain.doFilter(request, response);
      if (request.isAsyncStarted()) {
        request.getAsyncContext().addListener(new Ending(work));
        handedOn = true;
      }
    } finally {
      if (!handedOn) {
        work.close();
      }
    }
  }

  /** Ends the unit of work with its request, however that ends. */
  private record Ending(InFlight work) implements AsyncListener {
    @Override
    public void onComplete(AsyncEvent event) {
      work.close();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      // onComplete follows
    }

    @Override
    public void onError(AsyncEvent event) {
      // onComplete follows
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      event.getAsyncContext().addListener(this); // begun anew: listeners are forgotten
    }
  }
}
