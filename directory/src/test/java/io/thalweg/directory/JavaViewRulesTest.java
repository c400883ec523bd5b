package io.thalweg.directory;

import static io.thalweg.directory.DirectoryFixture.OPERATOR;
import static io.thalweg.directory.DirectoryFixture.logId;
import static io.thalweg.directory.DirectoryFixture.tenantId;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryRequest;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Views in Java in the directory: each has a log of its own, which comes, is replaced and goes with it. */
final class JavaViewRulesTest {
    private static final ViewId VIEW = new ViewId(new UUID(7, 7));

    private final DirectoryFixture fixture = new DirectoryFixture();
    private final TenantId tenant = tenantId(1);

    private static ViewCode code(long chunk, String className) {
        ViewCode code = DirectoryFixture.code(chunk);
        return new ViewCode(
                code.digest(),
                code.sizeBytes(),
                code.firstChunk(),
                code.chunks(),
                ViewCode.javaWorld(className),
                List.of(),
                1,
                code.settings());
    }

    private DirectoryCommand deploy(ViewId view, int steps, String name) {
        return new DirectoryCommand.DeployJavaView(
                view, logId(steps), name, 4, 0, code(fixture.upload(tenant, 1), "a.B"));
    }

    private View view() {
        return fixture.directory()
                .tenant(tenant)
                .orElseThrow()
                .javaView("social")
                .orElseThrow();
    }

    @Test
    void aViewHasALogOfItsOwnThatAnotherReplacesAndThatGoesWithIt() {
        fixture.tenant(1);
        assertThat(fixture.refusal(tenant, OPERATOR, deploy(VIEW, 5, "social")))
                .as("not allowed yet")
                .contains(ErrorCode.FORBIDDEN);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.AllowJavaViews(true));
        fixture.done(tenant, OPERATOR, deploy(VIEW, 5, "social"));
        Log steps = fixture.directory().log(tenant, logId(5)).orElseThrow();
        assertThat(steps.partitions()).isEqualTo(4 * View.JAVA_STREAMS);
        assertThat(steps.reserved()).isTrue();
        assertThat(view().versions().getFirst().code().javaClass()).isEqualTo("a.B");
        assertThat(fixture.refusal(tenant, OPERATOR, deploy(new ViewId(new UUID(7, 8)), 6, "social")))
                .contains(ErrorCode.ALREADY_EXISTS);

        int version = fixture.done(
                        tenant,
                        OPERATOR,
                        new DirectoryCommand.DeployVersion(VIEW, code(fixture.upload(tenant, 1), "a.C")))
                .viewVersion();
        assertThat(view().active()).as("active at once").isEqualTo(version);
        assertThat(view().previous()).isEqualTo(1);
        assertThat(fixture.refusal(
                        tenant,
                        OPERATOR,
                        new DirectoryCommand.DeployVersion(VIEW, DirectoryFixture.code(fixture.upload(tenant, 1)))))
                .contains(ErrorCode.INVALID_REQUEST);

        fixture.done(tenant, OPERATOR, new DirectoryCommand.AllowJavaViews(false));
        assertThat(fixture.refusal(tenant, OPERATOR, new DirectoryCommand.RebuildView(VIEW, logId(9))))
                .contains(ErrorCode.FORBIDDEN);
        assertThat(fixture.refusal(
                        tenant,
                        OPERATOR,
                        new DirectoryCommand.DeployVersion(VIEW, code(fixture.upload(tenant, 1), "a.C"))))
                .contains(ErrorCode.FORBIDDEN);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.AllowJavaViews(true));
        fixture.done(tenant, OPERATOR, new DirectoryCommand.RebuildView(VIEW, logId(9)));
        assertThat(view().log()).isEqualTo(logId(9));
        assertThat(fixture.directory().log(tenant, logId(5))).isEmpty();
        assertThat(fixture.directory().log(tenant, logId(9)).orElseThrow().name())
                .isNotEqualTo(steps.name());

        byte[] saved = fixture.save();
        assertThat(DirectoryFixture.load(saved)
                        .current()
                        .tenant(tenant)
                        .orElseThrow()
                        .javaView("social"))
                .contains(view());

        fixture.done(tenant, OPERATOR, new DirectoryCommand.DeleteView(VIEW));
        assertThat(fixture.directory().log(tenant, logId(9))).isEmpty();
        assertThat(fixture.directory().tenant(tenant).orElseThrow().views()).isEmpty();
    }

    @Test
    void theOperatorAloneLetsATenantDeployAndASnapshotKnows() {
        fixture.tenant(1);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.AllowJavaViews(true));
        assertThat(DirectoryFixture.load(fixture.save())
                        .current()
                        .tenant(tenant)
                        .orElseThrow()
                        .javaViews())
                .isTrue();
    }

    @Test
    void aLogBesideAnotherLiesInTheSameShards() {
        fixture.tenant(1);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.CreateLog(logId(1), "orders", 3, 0, Retention.FOREVER));
        fixture.done(
                tenant,
                OPERATOR,
                new DirectoryCommand.CreateLogWith(logId(2), "stock", 5, logId(1), Retention.FOREVER));
        assertThat(fixture.directory().log(tenant, logId(2)).orElseThrow().shards())
                .containsOnly(0)
                .hasSize(5);
    }

    @Test
    void theCommandsReadBackAsTheyWereWritten() {
        for (DirectoryCommand command : List.of(
                new DirectoryCommand.DeployJavaView(VIEW, logId(1), "v", 4, -1, code(3, "a.B$C")),
                new DirectoryCommand.RebuildView(VIEW, logId(2)),
                new DirectoryCommand.AllowJavaViews(true),
                new DirectoryCommand.CreateLogWith(logId(3), "x", 2, logId(1), new Retention(5, 6)))) {
            assertThat(DirectoryRequest.decode(DirectoryRequest.encode(OPERATOR, command))
                            .command())
                    .isEqualTo(command);
        }
    }
}
