package io.thalweg.server.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ThalwegException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Flags by name: each bit says itself, and a bit without a name is not lost. */
class LedgerFlagsTest {
    private static String written(LedgerFlags flags, int set) {
        ByteSink out = new ByteSink(64);
        flags.write(set, out);
        return new String(out.toByteArray(), StandardCharsets.US_ASCII);
    }

    @Test
    void everyBitComesBackAsItself() {
        for (LedgerFlags flags : new LedgerFlags[] {LedgerFlags.ACCOUNT, LedgerFlags.TRANSFER}) {
            for (int set = 0; set < 1 << 16; set += 7) {
                int back = 0;
                String text = written(flags, set);
                for (String word : text.substring(1, text.length() - 1).split(",", -1)) {
                    if (!word.isEmpty()) {
                        back |= word.startsWith("\"")
                                ? flags.bit(word.substring(1, word.length() - 1))
                                : Integer.parseInt(word);
                    }
                }
                assertThat(back).isEqualTo(set);
            }
        }
    }

    @Test
    void aNameThatIsNoneIsRefusedWithThoseThatAre() {
        assertThatThrownBy(() -> LedgerFlags.ACCOUNT.bit("pending"))
                .isInstanceOf(ThalwegException.class)
                .hasMessageContaining("'pending'")
                .hasMessageContaining("linked, debits_must_not_exceed_credits");
        assertThatThrownBy(() -> LedgerFlags.TRANSFER.bit("")).isInstanceOf(ThalwegException.class);
    }
}
