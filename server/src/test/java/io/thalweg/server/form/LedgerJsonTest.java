package io.thalweg.server.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.model.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Accounts, transfers and ids in JSON: what is written can be read again to the bit, and what is odd is refused with its place. */
class LedgerJsonTest {
    private static final int SEEDS = 300;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Random rows, with bits at the edges as often as in the middle, and flags that have names. */
    private static ByteBuffer rows(Random random, int flagsAt, int flags) {
        ByteBuffer rows = ByteBuffer.allocate(128 * (1 + random.nextInt(4))).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < rows.capacity(); at += 8) {
            rows.putLong(
                    at,
                    switch (random.nextInt(4)) {
                        case 0 -> 0;
                        case 1 -> -1;
                        case 2 -> random.nextLong();
                        default -> 1L << random.nextInt(64);
                    });
        }
        for (int at = 0; at < rows.capacity(); at += 128) {
            rows.putShort(at + flagsAt, (short) (random.nextInt() & flags));
        }
        return rows;
    }

    private static byte[] json(ByteBuffer rows, LedgerJson.RowWriter writer, boolean lines) {
        ByteSink out = new ByteSink(256);
        out.ascii(lines ? "" : "[");
        for (int at = 0; at < rows.capacity(); at += 128) {
            out.ascii(at == 0 ? "" : lines ? "\n" : ",");
            writer.write(rows, at, out);
        }
        out.ascii(lines ? "\n" : "]");
        return out.toByteArray();
    }

    @Test
    void transfersAreReadAsTheyWereWritten() {
        for (int seed = 0; seed < SEEDS; seed++) {
            ByteBuffer rows = rows(new Random(seed), TransferLayout.FLAGS, TransferLayout.FLAGS_ALL);
            assertThat(LedgerJson.transfers(json(rows, LedgerJson::transfer, seed % 2 == 0)))
                    .as("seed " + seed)
                    .isEqualTo(rows);
        }
    }

    @Test
    void accountsAreReadAsTheyWereWritten() {
        for (int seed = 0; seed < SEEDS; seed++) {
            ByteBuffer rows = rows(new Random(seed), AccountLayout.FLAGS, AccountLayout.FLAGS_ALL);
            for (int at = 0; at < rows.capacity(); at += 128) {
                rows.putInt(at + AccountLayout.RESERVED, 0); // reserved: JSON does not show it
            }
            assertThat(LedgerJson.accounts(json(rows, LedgerJson::account, seed % 2 == 0)))
                    .as("seed " + seed)
                    .isEqualTo(rows);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"id\":1,\"amount\":5,\"amuont\":6}]",
                "[{\"id\":1,\"amount\":1.0}]",
                "[{\"id\":1,\"amount\":1e3}]",
                "[{\"id\":1,\"amount\":-1}]",
                "[{\"id\":1,\"amount\":\"-1\"}]",
                "[{\"id\":1,\"amount\":\"+1\"}]",
                "[{\"id\":1,\"amount\":\" 1\"}]",
                "[{\"id\":1,\"amount\":\"\"}]",
                "[{\"id\":1,\"amount\":\"0x10\"}]",
                "[{\"id\":1,\"amount\":\"\u0661\"}]",
                "[{\"id\":1,\"amount\":\"340282366920938463463374607431768211456\"}]",
                "[{\"id\":1,\"amount\":9007199254740993}]",
                "[{\"id\":1,\"amount\":null}]",
                "[{\"id\":1,\"amount\":true}]",
                "[{\"id\":1,\"amount\":[1]}]",
                "[{\"id\":1,\"amount\":1,\"code\":65536}]",
                "[{\"id\":1,\"amount\":1,\"flags\":[\"lnked\"]}]",
                "[{\"id\":1,\"amount\":1,\"flags\":[1]}]",
                "[{\"id\":1,\"amount\":1,\"flags\":65536}]",
                "[{\"id\":1,\"amount\":1,\"id\":2}]",
                "[{\"id\":1}]",
                "[{\"id\":1,\"amount\":1}",
                "[{\"id\":1,\"amount\":1}]]",
                "[{\"id\":1,\"amount\":1}] {}",
                "[1]",
                "1",
                "\"id\"",
                "[[]]",
                "{\"id\":1,\"amount\":1",
                "\u0000"
            })
    void whatIsOddIsRefused(String body) {
        assertThatThrownBy(() -> LedgerJson.transfers(bytes(body))).isInstanceOf(ThalwegException.class);
    }

    @Test
    void aRefusalNamesTheElementAndTheField() {
        assertThatThrownBy(() -> LedgerJson.transfers(bytes("[{\"id\":1,\"amount\":1},{\"id\":1,\"amount\":1.5}]")))
                .hasMessageContaining("element 1: amount");
    }

    @Test
    void spoiltBodiesAreReadOrRefusedButNeverAnythingElse() {
        byte[] whole =
                bytes("[{\"id\":\"12\",\"debit_account_id\":1,\"amount\":\"max\",\"flags\":[\"linked\",\"pending\"]}]");
        int refused = 0;
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            byte[] body = Arrays.copyOf(whole, whole.length - random.nextInt(3));
            body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            try {
                assertThat(LedgerJson.transfers(body).remaining() % 128).isZero();
            } catch (ThalwegException _) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1_000);
    }

    @Test
    void idsComePlainOrInAnObjectAndNothingBeside() {
        ByteBuffer plain = LedgerJson.ids(bytes("[1,\"340282366920938463463374607431768211455\"]"));
        assertThat(plain.remaining()).isEqualTo(32);
        assertThat(plain.getLong(0)).isEqualTo(1);
        assertThat(plain.getLong(24)).isEqualTo(-1);
        assertThat(LedgerJson.ids(bytes("{\"ids\":[7]}")).remaining()).isEqualTo(16);
        for (String odd : new String[] {
            "{\"ids\":[7],\"x\":1}", "{\"id\":[7]}", "{\"ids\":7}", "[7", "[7]]", "[null]", "[[7]]", ""
        }) {
            assertThatThrownBy(() -> LedgerJson.ids(bytes(odd))).as(odd).isInstanceOf(ThalwegException.class);
        }
    }

    @Test
    void moreElementsThanARequestTakesAreRefused() {
        String many = "[" + "{\"id\":1},".repeat(8_190) + "{\"id\":1}]";
        assertThatThrownBy(() -> LedgerJson.accounts(bytes(many))).hasMessageContaining("at most 8190");
        String ids = "[" + "1,".repeat(8_190) + "1]";
        assertThatThrownBy(() -> LedgerJson.ids(bytes(ids))).hasMessageContaining("at most 8190");
    }
}
