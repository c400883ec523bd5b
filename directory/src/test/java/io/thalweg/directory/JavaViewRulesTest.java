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
    void aVersionBesideHasAStateThatIsKeptAsLongAsSomebodyMayGoBackToIt() {
        fixture.tenant(1);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.AllowJavaViews(true));
        fixture.done(tenant, OPERATOR, deploy(VIEW, 5, "social"));
        beside(6, 4, "a.C");
        assertThat(view().active()).as("the one before goes on").isEqualTo(1);
        assertThat(view().candidate()).isEqualTo(2);
        assertThat(view().states()).containsExactly(logId(5), logId(6));
        requireSaved();
        assertThat(fixture.refusal(tenant, OPERATOR, new DirectoryCommand.RebuildView(VIEW, logId(9))))
                .as("what it follows")
                .contains(ErrorCode.INVALID_REQUEST);
        beside(7, 8, "a.D");
        assertThat(view().candidate()).isEqualTo(3);
        assertThat(fixture.directory().log(tenant, logId(6)))
                .as("dropped for the next")
                .isEmpty();
        assertThat(fixture.directory().log(tenant, logId(7)).orElseThrow().partitions())
                .isEqualTo(8 * View.JAVA_STREAMS);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ActivateVersion(VIEW, 3));
        assertThat(view().log()).isEqualTo(logId(7));
        assertThat(view().states()).containsExactly(logId(7), logId(5));
        requireSaved();
        requireNothingGoesBeforeItIsConfirmed();

        fixture.done(tenant, OPERATOR, new DirectoryCommand.RollBackView(VIEW));
        assertThat(view().active()).as("until the other is where it is").isEqualTo(3);
        assertThat(view().candidate()).isEqualTo(1);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.RollBackView(VIEW));
        assertThat(view().candidate()).as("taken back").isEqualTo(0);
        assertThat(view().states()).as("and its state is still there").containsExactly(logId(7), logId(5));
        fixture.done(tenant, OPERATOR, new DirectoryCommand.RollBackView(VIEW));
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ActivateVersion(VIEW, 1));
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ConfirmTakeover(VIEW, 1));
        assertThat(view().log()).isEqualTo(logId(5));
        assertThat(view().previous()).isEqualTo(3);

        fixture.done(
                tenant, OPERATOR, new DirectoryCommand.DeployVersion(VIEW, code(fixture.upload(tenant, 1), "a.E")));
        assertThat(view().states()).as("on the state of the one before it").containsExactly(logId(5));
        assertThat(fixture.directory().log(tenant, logId(7))).isEmpty();
        fixture.done(tenant, OPERATOR, new DirectoryCommand.RollBackView(VIEW));
        assertThat(view().active()).as("at once").isEqualTo(1);
        beside(8, 4, "a.F");
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ActivateVersion(VIEW, view().candidate()));
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ConfirmTakeover(VIEW, view().active()));
        fixture.done(tenant, OPERATOR, new DirectoryCommand.RebuildView(VIEW, logId(9)));
        assertThat(view().states()).as("one that begins anew is alone").containsExactly(logId(9));
        assertThat(view().previous()).isEqualTo(0);
        requireSaved();
        fixture.done(tenant, OPERATOR, new DirectoryCommand.DeleteView(VIEW));
        assertThat(fixture.directory().tenant(tenant).orElseThrow().logs()).hasSize(3);
    }

    /** Until somebody says that the state of version 3 answers, that of version 1 may be the one that does. */
    private void requireNothingGoesBeforeItIsConfirmed() {
        assertThat(view().takingOver()).isTrue();
        for (DirectoryCommand command : List.of(
                new DirectoryCommand.DeployVersion(VIEW, code(fixture.upload(tenant, 1), "a.X")),
                new DirectoryCommand.DeployBeside(VIEW, logId(20), 4, code(fixture.upload(tenant, 1), "a.X")),
                new DirectoryCommand.DeployRolling(VIEW, code(fixture.upload(tenant, 1), "a.X")),
                new DirectoryCommand.RebuildView(VIEW, logId(20)))) {
            assertThat(fixture.refusal(tenant, OPERATOR, command))
                    .as("%s", command)
                    .contains(ErrorCode.UNAVAILABLE);
        }
        for (int version : List.of(1, 3)) {
            assertThat(fixture.refusal(tenant, OPERATOR, new DirectoryCommand.ActivateVersion(VIEW, version)))
                    .contains(ErrorCode.INVALID_REQUEST);
        }
        fixture.done(tenant, OPERATOR, new DirectoryCommand.RollBackView(VIEW));
        assertThat(view().active()).isEqualTo(1);
        assertThat(view().previous()).isEqualTo(3);
        assertThat(view().states()).containsExactly(logId(5), logId(7));
        assertThat(fixture.refusal(tenant, OPERATOR, new DirectoryCommand.ConfirmTakeover(VIEW, 3)))
                .as("decided otherwise meanwhile")
                .contains(ErrorCode.INVALID_REQUEST);
        requireSaved();
        fixture.done(tenant, OPERATOR, new DirectoryCommand.RollBackView(VIEW));
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ConfirmTakeover(VIEW, 3));
        assertThat(view().takingOver()).isFalse();
        assertThat(view().states()).containsExactly(logId(7), logId(5));
        assertThat(fixture.refusal(tenant, OPERATOR, new DirectoryCommand.ConfirmTakeover(VIEW, 3)))
                .contains(ErrorCode.INVALID_REQUEST);
    }

    private void beside(int steps, int partitions, String className) {
        fixture.done(
                tenant,
                OPERATOR,
                new DirectoryCommand.DeployBeside(
                        VIEW, logId(steps), partitions, code(fixture.upload(tenant, 1), className)));
    }

    private void requireSaved() {
        assertThat(DirectoryFixture.load(fixture.save())
                        .current()
                        .tenant(tenant)
                        .orElseThrow()
                        .javaView("social"))
                .contains(view());
    }

    @Test
    void aStateThatBeginsAsACopySaysSoUntilItBeginsAnew() {
        fixture.tenant(1);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.AllowJavaViews(true));
        fixture.done(tenant, OPERATOR, deploy(VIEW, 5, "social"));
        assertThat(fixture.refusal(
                        tenant,
                        OPERATOR,
                        new DirectoryCommand.DeployBeside(
                                VIEW, logId(6), 8, code(fixture.upload(tenant, 1), "a.C"), true)))
                .as("of another number of partitions")
                .contains(ErrorCode.INVALID_REQUEST);
        fixture.done(
                tenant,
                OPERATOR,
                new DirectoryCommand.DeployBeside(VIEW, logId(6), 4, code(fixture.upload(tenant, 1), "a.C"), true));
        assertThat(view().version(1).orElseThrow().copied()).isFalse();
        assertThat(view().version(2).orElseThrow().copied()).isTrue();
        requireSaved();
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ActivateVersion(VIEW, 2));
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ConfirmTakeover(VIEW, 2));
        assertThat(view().version(2).orElseThrow().copied()).isTrue();
        requireSaved();
        fixture.done(tenant, OPERATOR, new DirectoryCommand.RebuildView(VIEW, logId(7)));
        assertThat(view().version(2).orElseThrow().copied()).as("by its logs").isFalse();
        requireSaved();
    }

    @Test
    void aVersionThatComesPartitionByPartitionIsOnTheSameState() {
        fixture.tenant(1);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.AllowJavaViews(true));
        fixture.done(tenant, OPERATOR, deploy(VIEW, 5, "social"));
        rolling("a.C");
        assertThat(view().active()).as("until all partitions have it").isEqualTo(1);
        assertThat(view().candidate()).isEqualTo(2);
        assertThat(view().states()).containsExactly(logId(5));
        requireSaved();
        fixture.done(tenant, OPERATOR, new DirectoryCommand.RollBackView(VIEW));
        assertThat(view().candidate()).isEqualTo(0);
        rolling("a.D");
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ActivateVersion(VIEW, 3));
        assertThat(view().takingOver()).as("the state is the same").isFalse();
        assertThat(view().previous()).isEqualTo(1);
        beside(6, 8, "a.E");
        rolling("a.F");
        assertThat(view().states()).as("another candidate's goes").containsExactly(logId(5));
        assertThat(fixture.directory().log(tenant, logId(6))).isEmpty();
        beside(7, 8, "a.G");
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ActivateVersion(VIEW, view().candidate()));
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ConfirmTakeover(VIEW, view().active()));
        rolling("a.H");
        assertThat(view().sharesState(view().candidate())).isTrue();
        assertThat(view().states()).as("that of before stays until then").containsExactly(logId(7), logId(5));
        requireSaved();
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ActivateVersion(VIEW, view().candidate()));
        assertThat(view().states()).containsExactly(logId(7));
        requireSaved();
    }

    private void rolling(String className) {
        fixture.done(
                tenant, OPERATOR, new DirectoryCommand.DeployRolling(VIEW, code(fixture.upload(tenant, 1), className)));
    }

    @Test
    void optionsAreWithinTheirBoundsAndKept() {
        fixture.tenant(1);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.AllowJavaViews(true));
        fixture.done(tenant, OPERATOR, deploy(VIEW, 5, "social"));
        ViewOptions options =
                new ViewOptions(ViewOptions.OnPoison.DEAD_LETTERS, 7, 16, 60_000, 5_000L, ViewOptions.TakeOver.MANUAL);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.ChangeViewOptions(VIEW, options));
        assertThat(view().options()).isEqualTo(options);
        requireSaved();
        for (ViewOptions wrong : List.of(
                new ViewOptions(null, 0, null, null, null, null),
                new ViewOptions(null, null, 5_000, null, null, null),
                new ViewOptions(null, null, null, 10, null, null),
                new ViewOptions(null, null, null, null, 1L, null),
                new ViewOptions(null, null, null, null, Long.MAX_VALUE, null))) {
            assertThat(fixture.refusal(tenant, OPERATOR, new DirectoryCommand.ChangeViewOptions(VIEW, wrong)))
                    .contains(ErrorCode.INVALID_REQUEST);
        }
        assertThat(view().options()).isEqualTo(options);
        fixture.done(tenant, OPERATOR, new DirectoryCommand.NoteRepair(VIEW, "skip", "all"));
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
                new DirectoryCommand.DeployBeside(VIEW, logId(2), 16, code(3, "a.B$C")),
                new DirectoryCommand.DeployBeside(VIEW, logId(2), 16, code(3, "a.B$C"), true),
                new DirectoryCommand.DeployRolling(VIEW, code(3, "a.B$C")),
                new DirectoryCommand.ChangeViewOptions(VIEW, ViewOptions.NONE),
                new DirectoryCommand.ChangeViewOptions(
                        VIEW,
                        new ViewOptions(ViewOptions.OnPoison.PARK, 3, 16, 500, 1_000L, ViewOptions.TakeOver.AUTOMATIC)),
                new DirectoryCommand.NoteRepair(VIEW, "edit", "partition 3"),
                new DirectoryCommand.ConfirmTakeover(VIEW, 7),
                new DirectoryCommand.AllowJavaViews(true),
                new DirectoryCommand.CreateLogWith(logId(3), "x", 2, logId(1), new Retention(5, 6)))) {
            assertThat(DirectoryRequest.decode(DirectoryRequest.encode(OPERATOR, command))
                            .command())
                    .isEqualTo(command);
        }
    }
}
