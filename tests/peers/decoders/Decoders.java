// The JDK's decoders. Lines `DECODER<TAB>hex of UTF-8` in, `ok<TAB>hex` or `error<TAB>words` out; see decoders.py.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;

public class Decoders {
    interface Decoder {
        String decode(String text) throws Exception;
    }

    /** The first value of `v`, where the query was split as it is. */
    static String value(String query) {
        return query.split("&")[0].substring("v=".length());
    }

    /** The bytes by way of ISO 8859-1, in which each is a character, and then UTF-8 that throws. */
    static String strict(String text) throws Exception {
        byte[] bytes = URLDecoder.decode(text, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.ISO_8859_1);
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }

    static String parts(URI uri, String query) {
        return String.join(" ", uri.getScheme(), uri.getAuthority(), query);
    }

    static final Map<String, Decoder> DECODERS = Map.of(
        "URLDecoder.decode", text -> URLDecoder.decode(text, StandardCharsets.UTF_8),
        "URLDecoder.decode + strict UTF-8", Decoders::strict,
        "URI", text -> parts(new URI(text), new URI(text).getRawQuery()),
        "URI with getQuery", text -> parts(new URI(text), new URI(text).getQuery()),
        "URI.getQuery", text -> value(new URI("demo://a?v=" + text).getQuery()),
        "URI.getRawQuery + URLDecoder.decode", text ->
            URLDecoder.decode(value(new URI("demo://a?v=" + text).getRawQuery()), StandardCharsets.UTF_8));

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        if (arguments.length > 0) {
            System.out.println("JDK " + Runtime.version());
            return;
        }
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t", -1);
            try {
                String text = new String(HexFormat.of().parseHex(parts[1]), StandardCharsets.UTF_8);
                byte[] decoded = DECODERS.get(parts[0]).decode(text).getBytes(StandardCharsets.UTF_8);
                System.out.println("ok\t" + HexFormat.of().formatHex(decoded));
            } catch (Exception error) {
                System.out.println("error\t" + error.getClass().getSimpleName());
            }
        }
    }
}
