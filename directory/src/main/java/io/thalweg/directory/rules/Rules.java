package io.thalweg.directory.rules;

import io.thalweg.directory.View;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryCommand.AcceptInvitation;
import io.thalweg.directory.command.DirectoryCommand.ActivateVersion;
import io.thalweg.directory.command.DirectoryCommand.AllowJavaViews;
import io.thalweg.directory.command.DirectoryCommand.ChangeCluster;
import io.thalweg.directory.command.DirectoryCommand.ChangePassword;
import io.thalweg.directory.command.DirectoryCommand.ChangeRetention;
import io.thalweg.directory.command.DirectoryCommand.ChangeRole;
import io.thalweg.directory.command.DirectoryCommand.ChangeTenantLimits;
import io.thalweg.directory.command.DirectoryCommand.ChangeViewOptions;
import io.thalweg.directory.command.DirectoryCommand.Confirm;
import io.thalweg.directory.command.DirectoryCommand.ConfirmTakeover;
import io.thalweg.directory.command.DirectoryCommand.CreateInvitation;
import io.thalweg.directory.command.DirectoryCommand.CreateKey;
import io.thalweg.directory.command.DirectoryCommand.CreateLedger;
import io.thalweg.directory.command.DirectoryCommand.CreateLog;
import io.thalweg.directory.command.DirectoryCommand.CreateLogWith;
import io.thalweg.directory.command.DirectoryCommand.CreateTenant;
import io.thalweg.directory.command.DirectoryCommand.CreateUser;
import io.thalweg.directory.command.DirectoryCommand.DeleteLog;
import io.thalweg.directory.command.DirectoryCommand.DeleteTenant;
import io.thalweg.directory.command.DirectoryCommand.DeleteView;
import io.thalweg.directory.command.DirectoryCommand.DeployBeside;
import io.thalweg.directory.command.DirectoryCommand.DeployJavaView;
import io.thalweg.directory.command.DirectoryCommand.DeployRolling;
import io.thalweg.directory.command.DirectoryCommand.DeployVersion;
import io.thalweg.directory.command.DirectoryCommand.DeployView;
import io.thalweg.directory.command.DirectoryCommand.NameFull;
import io.thalweg.directory.command.DirectoryCommand.NoteRepair;
import io.thalweg.directory.command.DirectoryCommand.OpenShards;
import io.thalweg.directory.command.DirectoryCommand.PauseView;
import io.thalweg.directory.command.DirectoryCommand.RebuildView;
import io.thalweg.directory.command.DirectoryCommand.RemoveMember;
import io.thalweg.directory.command.DirectoryCommand.ReportUsage;
import io.thalweg.directory.command.DirectoryCommand.ResumeView;
import io.thalweg.directory.command.DirectoryCommand.RevokeInvitation;
import io.thalweg.directory.command.DirectoryCommand.RevokeKey;
import io.thalweg.directory.command.DirectoryCommand.RollBackView;
import io.thalweg.directory.command.DirectoryCommand.RotateKey;
import io.thalweg.directory.command.DirectoryCommand.SkipEvent;
import io.thalweg.directory.command.DirectoryCommand.SplitLog;

/** Finds the rules of a command. */
public final class Rules {
    private Rules() {}

    /** Drafts what a command changes; a {@link io.thalweg.model.ThalwegException} refuses it. */
    public static void decide(Change change, DirectoryCommand command) {
        switch (command) {
            case CreateTenant c -> TenantRules.create(change, c);
            case ChangeTenantLimits c -> TenantRules.changeLimits(change, c);
            case DeleteTenant _ -> TenantRules.delete(change);
            case ReportUsage c -> TenantRules.reportUsage(change, c);
            case CreateUser c -> MemberRules.create(change, c);
            case ChangePassword c -> MemberRules.changePassword(change, c);
            case CreateInvitation c -> MemberRules.invite(change, c);
            case AcceptInvitation c -> MemberRules.accept(change, c);
            case RevokeInvitation c -> MemberRules.revoke(change, c);
            case ChangeRole c -> MemberRules.changeRole(change, c);
            case RemoveMember c -> MemberRules.remove(change, c);
            case CreateKey c -> KeyRules.create(change, c);
            case RotateKey c -> KeyRules.rotate(change, c);
            case RevokeKey c -> KeyRules.revoke(change, c);
            case CreateLedger c -> LedgerRules.create(change, c);
            case CreateLog c -> LogRules.create(change, c);
            case CreateLogWith c -> LogRules.createWith(change, c);
            case ChangeRetention c -> LogRules.changeRetention(change, c);
            case NameFull c -> LogRules.nameFull(change, c);
            case DeleteLog c -> LogRules.delete(change, c);
            case SplitLog c -> LogRules.split(change, c);
            case DeployView c -> ViewRules.deploy(change, c);
            case DeployJavaView c -> JavaViewRules.deploy(change, c);
            case RebuildView c -> JavaViewRules.rebuild(change, c);
            case AllowJavaViews c -> TenantRules.allowJavaViews(change, c);
            case DeployVersion c -> ViewRules.deployVersion(change, c);
            case DeployBeside c -> JavaViewRules.deployBeside(change, c);
            case DeployRolling c -> JavaViewRules.deployRolling(change, c);
            case ChangeViewOptions c -> JavaViewRules.changeOptions(change, c);
            case NoteRepair c -> JavaViewRules.noteRepair(change, c);
            case ConfirmTakeover c -> JavaViewRules.confirmTakeover(change, c);
            case ActivateVersion c -> ViewRules.activate(change, c);
            case RollBackView c -> ViewRules.rollBack(change, c);
            case PauseView c -> ViewRules.want(change, c.view(), View.Wanted.PAUSED);
            case ResumeView c -> ViewRules.want(change, c.view(), View.Wanted.RUNNING);
            case SkipEvent c -> ViewRules.skip(change, c);
            case DeleteView c -> ViewRules.delete(change, c);
            case OpenShards c -> PlacementRules.open(change, c);
            case ChangeCluster c -> PlacementRules.changeCluster(change, c);
            case Confirm c -> PlacementRules.confirm(change, c);
        }
    }
}
