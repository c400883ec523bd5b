package io.thalweg.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints; the jar's manifest knows. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"thalweg " + (version == null ? "(from classes)" : version)};
    }
}
