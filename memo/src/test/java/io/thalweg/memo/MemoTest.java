package io.thalweg.memo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class MemoTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 2));

    private static MemoId id(int number) {
        return MemoCodec.hash(new byte[] {(byte) number, (byte) (number >> 8)});
    }

    private static Memo edit(List<MemoId> precursors, String body) {
        return new Memo(TENANT, Kind.EDIT, id(1), id(2), precursors, List.of(), body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theIdIsTheHashOfTheFormAsItIsWrittenDown() throws Exception {
        byte[] form = MemoCodec.encode(
                new Memo(TENANT, Kind.TOPIC, null, null, List.of(), List.of(), new byte[] {1, 0, 0, 0, 'x'}));
        assertThat(HexFormat.of().formatHex(form))
                .isEqualTo("7468616c7765672d6d656d6f" + "01" + "01" + "00000000000000010000000000000002" + "00" + "00"
                        + "0000" + "0000" + "05000000" + "0100000078");
        assertThat(MemoCodec.decode(form).id().bytes())
                .isEqualTo(MessageDigest.getInstance("SHA-256").digest(form));
    }

    @Test
    void theOrderInWhichPrecursorsAreNamedChangesNothing() {
        assertThat(edit(List.of(id(3), id(4), id(3)), "a").id())
                .isEqualTo(edit(List.of(id(4), id(3)), "a").id());
        assertThat(edit(List.of(id(3)), "a").id())
                .isNotEqualTo(edit(List.of(id(4)), "a").id())
                .isNotEqualTo(edit(List.of(id(3)), "b").id());
    }

    @Test
    void everyFormReadsBackAndNoOtherFormOfTheSameMemoIsTaken() {
        for (long seed = 0; seed < 200; seed++) {
            var random = new SplittableRandom(seed);
            List<MemoId> precursors = new ArrayList<>(List.of(id(9)));
            for (int i = random.nextInt(5); i > 0; i--) {
                precursors.add(id(random.nextInt(100)));
            }
            byte[] body = new byte[random.nextInt(100)];
            random.nextBytes(body);
            Memo memo = new Memo(TENANT, Kind.EDIT, id(1), id(2), precursors, List.of(id(random.nextInt(9))), body);
            byte[] form = MemoCodec.encode(memo);
            assertThat(MemoCodec.encode(MemoCodec.decode(form)))
                    .as("seed %d", seed)
                    .isEqualTo(form);
            byte[] damaged = form.clone();
            damaged[random.nextInt(form.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                assertThat(MemoCodec.encode(MemoCodec.decode(damaged)))
                        .as("seed %d", seed)
                        .isEqualTo(damaged);
            } catch (MalformedException e) {
                assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
            }
            byte[] cut = Arrays.copyOf(form, random.nextInt(form.length));
            assertThatThrownBy(() -> MemoCodec.decode(cut)).isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void unsortedRepeatedAndTrailingAreRefused() {
        byte[] form = MemoCodec.encode(edit(List.of(id(3), id(4)), ""));
        int first = "thalweg-memo".length() + 2 + 16 + 2 * 33 + 2;
        byte[] swapped = form.clone();
        System.arraycopy(form, first, swapped, first + 32, 32);
        System.arraycopy(form, first + 32, swapped, first, 32);
        assertThatThrownBy(() -> MemoCodec.decode(swapped))
                .hasMessageContaining("precursors are not strictly ascending");
        byte[] twice = form.clone();
        System.arraycopy(form, first, twice, first + 32, 32);
        assertThatThrownBy(() -> MemoCodec.decode(twice)).hasMessageContaining("not strictly ascending");
        assertThatThrownBy(() -> MemoCodec.decode(Arrays.copyOf(form, form.length + 1)))
                .hasMessageContaining("1 bytes too many");
        form[12] = 9;
        assertThatThrownBy(() -> MemoCodec.decode(form)).hasMessageContaining("memo of version 9, this build knows 1");
    }

    @Test
    void aMemoHasTheShapeOfItsKind() {
        assertThatThrownBy(() -> edit(List.of(), "")).hasMessageContaining("follows something");
        assertThatThrownBy(() -> new Memo(TENANT, Kind.CREATE, id(1), id(2), List.of(), List.of(), new byte[0]))
                .hasMessageContaining("begins an object");
    }

    @Test
    void anAuthorVouchesForOneMemoAlone() throws Exception {
        KeyPair keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Memo memo = edit(List.of(id(3)), "mine");
        Authorship authorship = Authorship.sign(memo.id(), keys.getPublic(), keys.getPrivate());
        assertThat(authorship.vouchesFor(memo.id())).isTrue();
        assertThat(authorship.vouchesFor(id(7))).isFalse();
        byte[] forged = authorship.signature().clone();
        forged[5] ^= 1;
        assertThat(new Authorship(authorship.publicKey(), forged).vouchesFor(memo.id()))
                .isFalse();
        assertThatThrownBy(() -> new Authorship(new byte[3], forged)).isInstanceOf(MalformedException.class);
    }

    @Test
    void anIdIsSixtyFourLowerCaseDigits() {
        assertThat(MemoId.parse(id(1).toString())).isEqualTo(id(1));
        assertThatThrownBy(() -> MemoId.parse(id(1).toString().toUpperCase(Locale.ROOT)))
                .hasMessageContaining("lower-case hex");
        assertThatThrownBy(() -> MemoId.parse("ab")).hasMessageContaining("\"ab\" is no memo id");
        byte[] low = new byte[32];
        low[0] = 0x7f;
        byte[] high = new byte[32];
        high[0] = (byte) 0x80;
        assertThat(MemoId.of(low)).isLessThan(MemoId.of(high));
    }
}
