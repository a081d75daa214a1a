package com.example.servers;

import com.example.surface.Surface;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** The surface on Spring MVC, whatever server is beneath it. */
@SpringBootApplication
@RestController
public class SpringMvcApp {
  public static void main(String[] args) {
    SpringApplication.run(SpringMvcApp.class, args);
  }

  @GetMapping("/{path}")
  ResponseEntity<String> get(HttpServletRequest request) {
    String query = request.getQueryString();
    String target = request.getRequestURI() + (query == null ? "" : "?" + query);
    Surface.Answer answer = Surface.answerInTime(target, "");
    return ResponseEntity.status(answer.status()).body(answer.body());
  }

  @PostMapping("/echo")
  String echo(@RequestBody String content) {
    return content;
  }
}
