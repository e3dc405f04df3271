import java.io.PrintStream;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

public class JavaHttpClient {
    public static void main(String[] given) throws Exception {
        String url = given[0];
        String way = given[1];
        List<String> pairs = new ArrayList<>();
        for (int at = 2; at < given.length; at += 2) {
            pairs.add(encode(given[at]) + "=" + encode(given[at + 1]));
        }
        String form = String.join("&", pairs);

        HttpRequest request = way.equals("get")
            ? HttpRequest.newBuilder(URI.create(url + "?" + form)).build()
            : HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form))
                .build();
        var response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());

        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println(response.statusCode());
        for (String piece : response.body().split("&")) {
            String[] pair = piece.split("=", 2);
            out.println(decode(pair[0]) + "\t" + decode(pair[1]));
        }
        out.print("\n" + response.body());
        out.flush();
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
