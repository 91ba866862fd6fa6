// The JDK on the bench: javax.crypto, URLDecoder, java.net.URI. `java Peer.java PROFILE`, nothing to compile before.

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.math.BigInteger;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

public class Peer {
    static final HexFormat HEX = HexFormat.of().withUpperCase();
    static final long LARGEST = (1L << 53) - 1;

    /** The question itself was wrong (PPR-5). */
    static class Fault extends RuntimeException {
        Fault(String words) { super(words); }
    }

    /** The library says no: words of SPEC section 16. */
    static class Refused extends RuntimeException {
        final String requirement;
        Refused(String kind, String requirement) { super(kind); this.requirement = requirement; }
    }

    // ---- what the library does ----

    static byte[] ctr(byte[] key, byte[] block, byte[] data) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(block));
        return cipher.doFinal(data);
    }

    static byte[] wrap(byte[] kek, byte[] key) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/KW/NoPadding");
        cipher.init(Cipher.WRAP_MODE, new SecretKeySpec(kek, "AES"));
        return cipher.wrap(new SecretKeySpec(key, "AES"));
    }

    static byte[] unwrap(byte[] kek, byte[] wrapped) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/KW/NoPadding");
        cipher.init(Cipher.UNWRAP_MODE, new SecretKeySpec(kek, "AES"));
        try {
            return cipher.unwrap(wrapped, "AES", Cipher.SECRET_KEY).getEncoded();
        } catch (InvalidKeyException error) {
            throw new Refused("corrupted", "KEY-10");
        }
    }

    /** RFC 4226, section 5.3. */
    static String password(String hash, byte[] key, long counter, int digits) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("Hmac" + hash);
        mac.init(new SecretKeySpec(key, "RAW"));
        byte[] value = mac.doFinal(ByteBuffer.allocate(8).putLong(counter).array());
        int offset = value[value.length - 1] & 0xf;
        int number = ByteBuffer.wrap(value).getInt(offset) & 0x7fffffff;
        return String.format("%0" + digits + "d", number % (int) Math.pow(10, digits));
    }

    static String decode(String text, String kind, String requirement) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException error) {
            throw new Refused(kind, requirement);
        }
    }

    /** As an integrator would write it: java.net.URI takes the URL apart, URLDecoder decodes twice. */
    static Map<String, Object> parse(String scheme, String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException error) {
            throw new Refused("bad-url", "A2A-1");
        }
        // Not getHost, which is null: a host name has no underscore.
        if (!scheme.equals(uri.getScheme()) || !"app2app_secure_channel".equalsIgnoreCase(uri.getAuthority())) {
            throw new Refused("bad-url", "A2A-2");
        }
        Map<String, String> query = new HashMap<>();
        for (String part : uri.getRawQuery() == null ? new String[0] : uri.getRawQuery().split("&")) {
            String[] pair = part.split("=", 2);
            query.put(pair[0], pair.length == 2 ? pair[1] : "");
        }
        if (!query.keySet().containsAll(List.of("x-success", "x-error", "x-cancel", "secure_message"))) {
            throw new Refused("bad-url", "A2A-5");
        }
        Map<String, Object> result = new LinkedHashMap<>();
        for (String name : List.of("x-success", "x-error", "x-cancel")) {
            String once = decode(query.get(name), "bad-callback", "A2A-7");
            result.put(name.replace('-', '_'), decode(once, "bad-callback", "A2A-7"));
        }
        result.put("secure_message", query.get("secure_message"));
        result.put("state", query.get("state")); // null where there is none
        return result;
    }

    // ---- the table ----

    /** The parameters of a question; each reader faults what it does not like. */
    record Params(Map<?, ?> values) {
        String text(String name) {
            if (values.get(name) instanceof String text && text.codePoints().noneMatch(Peer::isSurrogate)) return text;
            throw new Fault(name + ": not a text");
        }

        byte[] bytes(String name, int low, int high) {
            byte[] bytes;
            try {
                bytes = HEX.parseHex(text(name)); // either case
            } catch (IllegalArgumentException error) {
                throw new Fault(name + ": not hexadecimal");
            }
            if (bytes.length < low || bytes.length > high) throw new Fault(name + ": wrong number of bytes");
            return bytes;
        }

        long whole(String name, long low, long high) {
            if (values.get(name) instanceof Long number && number >= low && number <= high) return number;
            throw new Fault(name + ": not a whole number from " + low + " to " + high);
        }

        String oneOf(String name, String... choices) {
            String text = text(name);
            if (!List.of(choices).contains(text)) throw new Fault(name + ": none of the choices");
            return text;
        }
    }

    interface Run {
        Map<String, Object> on(Params params) throws GeneralSecurityException;
    }

    record Operation(Set<String> names, Run run) {}

    static final Map<String, Operation> OPERATIONS = new LinkedHashMap<>();

    static void operation(String name, Set<String> names, Run run) {
        OPERATIONS.put(name, new Operation(names, run));
    }

    static void fill(String profile) {
        operation("hello", Set.of("protocol"), p -> {
            p.whole("protocol", 1, 1);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("protocol", 1L);
            result.put("name", "JDK");
            result.put("version", Runtime.version().toString());
            result.put("language", "Java");
            result.put("profile", profile);
            result.put("operations", new ArrayList<>(OPERATIONS.keySet()));
            result.put("injects_time", true);
            result.put("injects_randomness", true);
            return result;
        });
        for (String name : List.of("ping", "reset", "drop")) operation(name, Set.of(), p -> Map.of());
        operation("primitive.ctr", Set.of("key", "block", "data"), p -> Map.of("data", HEX.formatHex(
            ctr(p.bytes("key", 16, 16), p.bytes("block", 16, 16), p.bytes("data", 0, 65536)))));
        operation("primitive.key_wrap", Set.of("kek", "key"), p -> Map.of("wrapped", HEX.formatHex(
            wrap(p.bytes("kek", 16, 16), p.bytes("key", 16, 16)))));
        operation("primitive.key_unwrap", Set.of("kek", "wrapped"), p -> Map.of("key", HEX.formatHex(
            unwrap(p.bytes("kek", 16, 16), p.bytes("wrapped", 24, 24)))));
        operation("primitive.hotp", Set.of("key", "counter", "digits"), p -> Map.of("response",
            password("SHA1", p.bytes("key", 1, 128), p.whole("counter", 0, LARGEST), (int) p.whole("digits", 6, 8))));
        operation("primitive.totp", Set.of("key", "time", "step", "digits", "hash"), p -> Map.of("response",
            password(p.oneOf("hash", "sha-1", "sha-256", "sha-512").toUpperCase().replace("-", ""),
                p.bytes("key", 1, 128), p.whole("time", 0, LARGEST) / p.whole("step", 1, 65535),
                (int) p.whole("digits", 6, 8))));
        operation("primitive.percent_decode", Set.of("text"), p -> Map.of("text",
            decode(p.text("text"), "bad-escape", "A2A-26")));
        operation("app2app.parse", Set.of("scheme", "platform", "url"), p -> {
            p.oneOf("platform", "android", "ios");
            return parse(p.text("scheme"), p.text("url"));
        });
    }

    // ---- the loop ----

    static boolean isSurrogate(int codePoint) {
        return codePoint >= 0xD800 && codePoint <= 0xDFFF;
    }

    static Map<String, Object> serve(Map<?, ?> question, boolean doubled) throws GeneralSecurityException {
        if (doubled) throw new Fault("a member is there twice");
        boolean inSession = question.containsKey("session");
        if (question.size() != (inSession ? 4 : 3) || !question.containsKey("op") || !question.containsKey("params")) {
            throw new Fault("a question has seq, op, params and perhaps session");
        }
        String name = new Params(question).text("op");
        Operation operation = OPERATIONS.get(name);
        if (operation == null) return Map.of("unsupported", name); // PPR-4, before anything about its parameters
        if (inSession || name.equals("drop")) throw new Fault("no such session: there are none here");
        if (!(question.get("params") instanceof Map<?, ?> params) || !params.keySet().equals(operation.names)) {
            throw new Fault("params: exactly " + operation.names);
        }
        return Map.of("ok", operation.run.on(new Params(params)));
    }

    static Map<String, Object> answer(byte[] line) throws GeneralSecurityException {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("seq", null); // null where it can't be read
        try {
            if (line.length > 262144) throw new Fault("longer than 262144 bytes");
            Json json = new Json(line);
            if (!(json.document() instanceof Map<?, ?> question)) throw new Fault("not an object");
            answer.put("seq", new Params(question).whole("seq", 0, (1L << 32) - 1));
            answer.putAll(serve(question, json.doubled));
        } catch (Refused refused) {
            answer.put("refused", Map.of("class", refused.getMessage(), "requirement", refused.requirement));
        } catch (Fault fault) { // what else a library throws ends the adapter: the run then shows it as a crash
            answer.put("fault", fault.getMessage());
        }
        return answer;
    }

    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        fill(arguments[0]);
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        InputStream in = new java.io.BufferedInputStream(System.in);
        for (int octet = in.read(); octet >= 0; octet = in.read()) {
            if (octet != '\n') {
                line.write(octet);
                continue;
            }
            out.print(Json.write(answer(line.toByteArray())) + "\n");
            out.flush();
            line.reset();
        }
    }

    /** JSON (RFC 8259), as much as the protocol has: a number that is not plain digits is no Long. */
    static class Json {
        final String text;
        int at;
        boolean doubled;

        Json(byte[] line) {
            try {
                text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
            } catch (CharacterCodingException error) {
                throw new Fault("not UTF-8");
            }
        }

        Object document() {
            Object value = value(0);
            blanks();
            if (at < text.length()) throw new Fault("more than one value");
            return value;
        }

        char peek() {
            return at < text.length() ? text.charAt(at) : '\uffff';
        }

        void blanks() {
            while (" \t\r\n".indexOf(peek()) >= 0) at++;
        }

        /** Blanks, and this character if it is next. */
        boolean takes(char wanted) {
            blanks();
            if (peek() != wanted) return false;
            at++;
            return true;
        }

        void wants(char wanted) {
            if (!takes(wanted)) throw new Fault("no JSON at " + at);
        }

        Object value(int depth) {
            if (depth > 100) throw new Fault("too deep");
            blanks();
            switch (peek()) {
                case '{': return object(depth);
                case '[': return array(depth);
                case '"': return string();
                default: return word();
            }
        }

        Map<String, Object> object(int depth) {
            Map<String, Object> members = new LinkedHashMap<>();
            wants('{');
            if (takes('}')) return members;
            do {
                blanks();
                String name = string();
                wants(':');
                doubled |= members.containsKey(name);
                members.put(name, value(depth + 1));
            } while (takes(','));
            wants('}');
            return members;
        }

        List<Object> array(int depth) {
            List<Object> items = new ArrayList<>();
            wants('[');
            if (takes(']')) return items;
            do {
                items.add(value(depth + 1));
            } while (takes(','));
            wants(']');
            return items;
        }

        String string() {
            wants('"');
            StringBuilder out = new StringBuilder();
            while (peek() != '"') {
                if (at >= text.length() || peek() < ' ') throw new Fault("no JSON at " + at);
                char next = text.charAt(at++);
                out.append(next == '\\' ? escape() : next);
            }
            at++;
            return out.toString();
        }

        char escape() {
            int kind = "\"\\/bfnrtu".indexOf(peek());
            at++;
            if (kind < 0) throw new Fault("no JSON at " + at);
            if (kind < 8) return "\"\\/\b\f\n\r\t".charAt(kind);
            if (at + 4 > text.length() || !text.substring(at, at + 4).matches("[0-9A-Fa-f]{4}")) {
                throw new Fault("no JSON at " + at);
            }
            at += 4;
            return (char) Integer.parseInt(text.substring(at - 4, at), 16);
        }

        Object word() {
            int from = at;
            while (peek() < '\u007f' && (Character.isLetterOrDigit(peek()) || "+-.".indexOf(peek()) >= 0)) at++;
            String word = text.substring(from, at);
            switch (word) {
                case "true": return true;
                case "false": return false;
                case "null": return null;
                default:
            }
            if (!word.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?")) throw new Fault("no JSON at " + from);
            if (!word.matches("-?[0-9]+")) return Double.valueOf(word);
            if (word.equals("-0")) return 0.0; // zero has no sign
            BigInteger number = new BigInteger(word);
            return number.bitLength() < 64 ? (Object) number.longValue() : number;
        }

        static String write(Object value) {
            if (value instanceof String text) return quoted(text);
            if (value instanceof List<?> items) {
                return items.stream().map(Json::write).collect(Collectors.joining(",", "[", "]"));
            }
            if (value instanceof Map<?, ?> members) {
                return members.entrySet().stream()
                    .map(member -> quoted((String) member.getKey()) + ":" + write(member.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
            }
            return String.valueOf(value);
        }

        static String quoted(String text) {
            StringBuilder out = new StringBuilder("\"");
            for (char next : text.toCharArray()) {
                boolean plain = next >= ' ' && next < '\u007f' && next != '"' && next != '\\';
                out.append(plain ? String.valueOf(next) : String.format("\\u%04x", (int) next));
            }
            return out.append('"').toString();
        }
    }
}
