package com.example.servers;

import com.example.surface.Surface;
import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** The surface on Spring WebFlux. */
@SpringBootApplication
@RestController
public class WebFluxApp {
  public static void main(String[] args) {
    SpringApplication.run(WebFluxApp.class, args);
  }

  @GetMapping("/{path}")
  Mono<ResponseEntity<String>> get(ServerHttpRequest request) {
    String query = request.getURI().getRawQuery();
    String target = request.getURI().getRawPath() + (query == null ? "" : "?" + query);
    Surface.Answer answer = Surface.answer(target, "");
    Mono<ResponseEntity<String>> response =
        Mono.just(ResponseEntity.status(answer.status()).body(answer.body()));
    long delay = Surface.delay(target);
    return delay == 0 ? response : response.delayElement(Duration.ofMillis(delay));
  }

  @PostMapping("/echo")
  Mono<String> echo(@RequestBody Mono<String> content) {
    return content;
  }
}
