package io.thalweg.view.java.ship;

import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.View;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The code of one version of a view: a jar with classes of its own, whatever other versions and the house itself have under the same names.
 * Only what a view is written against (the JDK, {@code io.thalweg.view.java}, {@code io.thalweg.index}) is shared.
 *
 * <p>This separates names. It is no sandbox: code of a view may do all that the process may, so only tenants that the operator trusts may
 * deploy it.
 */
public final class ViewJar {
    /** Largest jar, and largest sum of what is in it. */
    public static final int MAX_BYTES = 100 << 20;

    private final Class<? extends View> type;

    private ViewJar(Class<? extends View> type) {
        this.type = type;
    }

    /**
     * @param className of the view
     * @throws DeclarationException if the jar has no such view, or does not load
     */
    public static ViewJar load(byte[] jar, String className) {
        try {
            Class<?> found = new Loader(files(jar)).loadClass(className);
            if (!View.class.isAssignableFrom(found)) {
                throw new DeclarationException(className + " is no " + View.class.getName());
            }
            return new ViewJar(found.asSubclass(View.class));
        } catch (ClassNotFoundException | LinkageError e) {
            throw new DeclarationException("the jar gives no class " + className + ": " + e);
        } catch (IOException e) {
            throw new DeclarationException("the jar cannot be read: " + e.getMessage());
        }
    }

    private static Map<String, byte[]> files(byte[] jar) throws IOException {
        if (jar.length > MAX_BYTES) {
            throw new IOException(jar.length + " bytes, expected at most " + MAX_BYTES);
        }
        Map<String, byte[]> files = new HashMap<>();
        int left = MAX_BYTES;
        try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(jar))) {
            for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                byte[] file = in.readNBytes(left + 1);
                left -= file.length;
                if (left < 0) {
                    throw new IOException("unpacked it has more than " + MAX_BYTES + " bytes");
                }
                files.put(entry.getName(), file);
            }
        }
        return files;
    }

    /** A new view. */
    public View create() {
        try {
            return type.getConstructor().newInstance();
        } catch (InvocationTargetException e) {
            throw new DeclarationException(type.getName() + " cannot be made: " + e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new DeclarationException(type.getName() + " is to be a public class with a public constructor without"
                    + " parameters: " + e.getMessage());
        }
    }

    /** The jar's own classes first, but for those that the house and its views must share. */
    private static final class Loader extends ClassLoader {
        static {
            registerAsParallelCapable();
        }

        private static final String[] SHARED = {"java.", "io.thalweg.index.", "org.jspecify."};

        private final Map<String, byte[]> files;

        Loader(Map<String, byte[]> files) {
            super("view", ViewJar.class.getClassLoader());
            this.files = files;
        }

        private static boolean isShared(String name) {
            String itsPackage = name.substring(0, Math.max(0, name.lastIndexOf('.')));
            if (itsPackage.equals(View.class.getPackageName())) {
                return true;
            }
            for (String prefix : SHARED) {
                if (name.startsWith(prefix)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            byte[] file = isShared(name) ? null : files.get(name.replace('.', '/') + ".class");
            if (file == null) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? defineClass(name, file, 0, file.length) : loaded;
            }
        }

        @Override
        public @Nullable InputStream getResourceAsStream(String name) {
            byte[] file = files.get(name);
            return file == null ? super.getResourceAsStream(name) : new ByteArrayInputStream(file);
        }
    }
}
