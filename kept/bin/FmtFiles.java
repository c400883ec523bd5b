import com.palantir.javaformat.java.*;
import java.nio.file.*;
class FmtFiles { public static void main(String[] a) throws Exception {
 var f = Formatter.createFormatter(JavaFormatterOptions.builder().style(JavaFormatterOptions.Style.PALANTIR).formatJavadoc(false).build());
 boolean bad=false; for (int i=1;i<a.length;i++){ Path p=Path.of(a[i]); String s=Files.readString(p); String t=f.formatSourceAndFixImports(s); if(!s.equals(t)){ if(a[0].equals("apply")){Files.writeString(p,t);System.out.println("formatted "+p);} else {bad=true;System.out.println("misshapen "+p);} } }
 if(bad) System.exit(1);}}
