package io.thalweg.directory;

import static io.thalweg.directory.DirectoryFixture.OPERATOR;
import static io.thalweg.directory.DirectoryFixture.logId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryRequest;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Views that a log names for {@code ack=full}. */
final class FullNamesTest {
    private final DirectoryFixture fixture = new DirectoryFixture();
    private final TenantId tenant = fixture.tenant(1);

    private Log log(Directory in) {
        return in.tenant(tenant).orElseThrow().log(logId(1)).orElseThrow();
    }

    private void create() {
        fixture.done(
                tenant,
                OPERATOR,
                new DirectoryCommand.CreateLog(logId(1), "orders", 1, Bounds.ANY_SHARD, Retention.FOREVER));
    }

    private DirectoryCommand name(List<String> views) {
        return new DirectoryCommand.NameFull(logId(1), views);
    }

    @Test
    void namesStayThroughOtherChangesAndSnapshotsAndCanBeTakenBack() {
        create();
        byte[] before = fixture.save();
        fixture.done(tenant, OPERATOR, name(List.of("shop", "social")));
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ChangeRetention(logId(1), new Retention(60, 0)));
        assertThat(log(fixture.directory()).full()).containsExactly("shop", "social");
        byte[] named = fixture.save();
        assertThat(log(DirectoryFixture.load(named).current())).isEqualTo(log(fixture.directory()));
        fixture.done(tenant, OPERATOR, name(List.of()));
        assertThat(log(DirectoryFixture.load(fixture.save()).current()).full()).isEmpty();
        fixture.done(tenant, OPERATOR, new DirectoryCommand.NameFull(logId(1), null));
        assertThat(log(fixture.directory()).full()).isNull();
        assertThat(List.of(before[0], named[0], fixture.save()[0]))
                .as("what a program of before can read is as it was")
                .containsExactly((byte) 7, (byte) 9, (byte) 7);
        assertThat(fixture.audit(tenant))
                .anySatisfy(event -> assertThat(new String(event.payload(), StandardCharsets.UTF_8))
                        .contains("\"log.full\"", "shop,social"));
    }

    @Test
    void namesThatCannotBeAreRefused() {
        create();
        List<String> many =
                IntStream.rangeClosed(0, Bounds.MAX_FULL).mapToObj(i -> "v" + i).toList();
        assertThatThrownBy(() -> name(many)).hasMessageContaining("100 views at most, not 101");
        for (List<String> wrong : List.of(List.of("a/b"), List.of("twice", "twice"))) {
            assertThat(fixture.refusal(tenant, OPERATOR, name(wrong)))
                    .as(wrong.toString())
                    .contains(ErrorCode.INVALID_REQUEST);
        }
        assertThat(fixture.refusal(tenant, OPERATOR, new DirectoryCommand.NameFull(logId(2), List.of("shop"))))
                .contains(ErrorCode.NOT_FOUND);
        assertThat(fixture.refusal(
                        tenant,
                        OPERATOR,
                        new DirectoryCommand.NameFull(
                                DirectoryFixture.reserved(1).audit(), List.of())))
                .contains(ErrorCode.FORBIDDEN);
    }

    @Test
    void theCommandReadsBackAsItWasWritten() {
        for (List<String> names : List.of(List.of("shop"), List.<String>of(), Collections.nCopies(3, "x"))) {
            assertThat(DirectoryRequest.decode(DirectoryRequest.encode(OPERATOR, name(names)))
                            .command())
                    .isEqualTo(name(names));
        }
        DirectoryCommand none = new DirectoryCommand.NameFull(logId(1), null);
        assertThat(DirectoryRequest.decode(DirectoryRequest.encode(OPERATOR, none))
                        .command())
                .isEqualTo(none);
    }
}
