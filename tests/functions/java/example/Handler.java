package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The function of test_languages.py in Java. */
public class Handler implements RequestHandler<Map<String, Object>, Map<String, Object>> {
  private int calls = 0;

  public Handler() {
    if (System.getenv("BROKEN") != null) throw new IllegalStateException("broken from the start");
  }

  public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
    calls++;
    String what = String.valueOf(event.get("do"));
    if (what.equals("fail")) throw new IllegalArgumentException("no good", new RuntimeException("the cause"));
    if (what.equals("sleep")) {
      try { Thread.sleep(60000); } catch (InterruptedException e) { Thread.currentThread().interrupt(); }
    }
    context.getLogger().log("seen " + what + "\n");
    Map<String, Object> out = new HashMap<>();
    out.put("calls", calls);
    out.put("do", what);
    out.put("id", context.getAwsRequestId());
    out.put("arn", context.getInvokedFunctionArn());
    out.put("name", context.getFunctionName());
    out.put("version", context.getFunctionVersion());
    out.put("memory", context.getMemoryLimitInMB());
    out.put("group", context.getLogGroupName());
    out.put("stream", context.getLogStreamName());
    out.put("left", context.getRemainingTimeInMillis());
    out.put("colour", System.getenv("COLOUR"));
    try {
      Files.writeString(Path.of("/tmp/note"), "kept");
      out.put("tmp", true);
    } catch (java.io.IOException e) {
      out.put("tmp", e.toString());
    }
    return out;
  }
}
