package io.thalweg.server.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ThalwegException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Text, numbers and names as clients send them, against simpler ways to say the same. */
class TextFormsTest {
    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    private String anyText(int max) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(max); i > 0; i--) {
            text.append((char) (random.nextInt(4) == 0 ? 0xd780 + random.nextInt(0x900) : random.nextInt(0x3000)));
        }
        return text.toString();
    }

    @Test
    void textBecomesBytesOnlyWhenItComesBackTheSame() {
        for (int i = 0; i < 20_000; i++) {
            String text = anyText(12);
            byte[] plain = text.getBytes(StandardCharsets.UTF_8);
            boolean whole = new String(plain, StandardCharsets.UTF_8).equals(text);
            try {
                assertThat(Utf8.encode(text, "it")).as("seed " + seed).isEqualTo(plain);
                assertThat(whole).as("seed " + seed).isTrue();
            } catch (ThalwegException e) {
                assertThat(whole).as("seed " + seed + ": " + e.getMessage()).isFalse();
            }
        }
    }

    @Test
    void bytesAreTextExactlyWhenTheyDecode() {
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = anyText(12).getBytes(StandardCharsets.UTF_8);
            if (bytes.length > 0 && random.nextBoolean()) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            boolean text = Utf8.decodeOrNull(ByteBuffer.wrap(bytes)) != null;
            assertThat(Utf8.isText(ByteBuffer.wrap(bytes))).as("seed " + seed).isEqualTo(text);
        }
        byte[] cut = "x".repeat(1023).concat("ü").getBytes(StandardCharsets.UTF_8);
        assertThat(Utf8.isText(ByteBuffer.wrap(cut))).isTrue();
        assertThat(Utf8.isText(ByteBuffer.wrap(cut, 0, cut.length - 1))).isFalse();
    }

    @Test
    void quotedTextIsReadBackByAnotherReader() {
        JsonMapper mapper = JsonMapper.builder().build();
        for (int i = 0; i < 5_000; i++) {
            String text = new String(anyText(20).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
            ByteSink sink = new ByteSink(1);
            sink.quoted(text);
            assertThat(mapper.readTree(sink.toByteArray()).asString())
                    .as("seed " + seed)
                    .isEqualTo(text);
        }
    }

    @Test
    void aSinkWithATargetLosesAndRepeatsNothing() {
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        ByteSink spilling = new ByteSink(8, target);
        ByteSink whole = new ByteSink(8);
        for (int i = 0; i < 3_000; i++) {
            byte[] bytes = new byte[random.nextInt(i % 100 == 0 ? 200_000 : 300)];
            random.nextBytes(bytes);
            String text = anyText(100);
            spilling.quoted(text).number(i).raw(bytes);
            whole.quoted(text).number(i).raw(bytes);
        }
        spilling.flush();
        assertThat(spilling.written()).isEqualTo(target.size());
        assertThat(target.toByteArray()).as("seed " + seed).isEqualTo(whole.toByteArray());
    }

    @Test
    void acceptIsWeighed() {
        record Case(String accept, String chosen) {}
        for (Case known : List.of(
                new Case("", "application/json"),
                new Case("text/html", "application/json"),
                new Case("application/x-ndjson", "application/x-ndjson"),
                new Case("application/x-ndjson;q=0.5, application/json;q=0.4", "application/x-ndjson"),
                new Case("application/*;q=0.1, application/x-ndjson;q=0", "application/json"),
                new Case("application/json;q=0, */*;q=0.1", "application/x-ndjson"),
                new Case("application/json; q=0", "application/x-ndjson"),
                new Case("APPLICATION/X-NDJSON ; Q=1.0", "application/x-ndjson"),
                new Case("application/x-ndjson;q=nonsense", "application/x-ndjson"))) {
            assertThat(Accept.choose(List.of(known.accept), "application/json", "application/x-ndjson"))
                    .as(known.accept)
                    .isEqualTo(known.chosen);
        }
        assertThat(Accept.choose(List.of("*/*;q=0"), "application/json")).isNull();
        assertThat(Accept.choose(List.of("a/b", "application/x-ndjson"), "application/json", "application/x-ndjson"))
                .isEqualTo("application/x-ndjson");
    }

    @Test
    void parametersKeepTheirOrderAndTheirBytes() {
        QueryString query = QueryString.parse("b=%FF%00&a=1+2&&c&a=%zz");
        assertThat(query.names()).containsExactly("b", "a", "c", "a");
        assertThat(query.bytes("b")).containsExactly(0xff, 0);
        assertThat(query.text("a")).isEqualTo("1 2");
        assertThat(query.flag("c")).isTrue();
        assertThatThrownBy(() -> query.text("b")).isInstanceOf(ThalwegException.class);
        List<String> broken = new ArrayList<>(List.of("%", "%1", "%g0", "%c3"));
        for (String text : broken) {
            assertThatThrownBy(() -> Percent.segment(text)).as(text).isInstanceOf(ThalwegException.class);
        }
        assertThatThrownBy(() -> QueryString.parse("a&".repeat(300))).hasMessageContaining("at most 256");
    }

    @Test
    void numbersAreDigitsAndNothingElse() {
        for (String text : List.of("", " 1", "1 ", "1.0", "1e3", "٣", "0x1", "9223372036854775808")) {
            assertThatThrownBy(() -> Numbers.parse("it", text, 0, Long.MAX_VALUE))
                    .as(text)
                    .isInstanceOf(ThalwegException.class);
            if (!text.startsWith("9")) {
                assertThatThrownBy(() -> Wide.parse("it", text, 128)).as(text).isInstanceOf(ThalwegException.class);
            }
        }
    }
}
