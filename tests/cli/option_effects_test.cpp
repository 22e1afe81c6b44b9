// Every option does what its help says: the program is run with it and without it. Options that
// other tests use stand there; the last test here finds those that none does.

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

/// A store, a run of two candidates and one of a sweep, made once.
class OptionEffects : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    done({"store", "synth", "shortcut", file("s.h5"), "--scale", "0.05", "--dim", "8", "--seed",
          "1"});
    write_text(file("job.json"), R"({"name": "j", "store": "s.h5", "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "evaluate": ["in", "oos"],
                  "candidates": [{"kind": "baseline"}, {"kind": "linear"}]}],
 "splits": {"folds": 2, "seeds": 1}, "training": {"epochs": 2, "batch": 32}})");
    done({"run", file("job.json"), "--out", file("j.run")});
    write_text(file("sweep.json"), R"({"name": "sweep", "store": "s.h5",
 "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "candidates": [
   {"kind": "baseline", "name": "b", "training": {"learning_rate": {"log": [1e-4, 1e-2]}}}],
   "sweep": {"sampler": "random", "candidates": 5, "select": ["held-out"]}}],
 "splits": {"folds": 2, "seeds": 1}, "training": {"epochs": 1, "batch": 32}})");
    done({"run", file("sweep.json"), "--out", file("sweep.run")});
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string file(const std::string& name) { return folder_->file(name); }
  /// What a command that must succeed prints.
  static std::string done(const std::vector<std::string>& arguments) {
    const Ended ended = run_crossfold(arguments);
    EXPECT_EQ(ended.code, 0) << ::testing::PrintToString(arguments) << ended.err;
    return ended.out;
  }
  static std::string with(std::vector<std::string> arguments,
                          const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return done(arguments);
  }

  static ScratchFolder* folder_;
};

ScratchFolder* OptionEffects::folder_ = nullptr;

TEST_F(OptionEffects, OfReport) {
  const std::vector<std::string> report{"report", file("j.run")};
  const auto has_digits = [&](const std::string& digits) {
    const std::string text = with(report, {"--digits", digits});
    return std::regex_search(
        text, std::regex("0\\.[0-9]{" + digits + "} \\+- 0\\.[0-9]{" + digits + "}[^0-9]"));
  };
  EXPECT_TRUE(has_digits("2"));
  EXPECT_TRUE(has_digits("5"));
  EXPECT_THAT(done(report), AllOf(HasSubstr("sensitivity"), Not(HasSubstr("Nadeau"))));
  EXPECT_THAT(with(report, {"--no-classes"}), Not(HasSubstr("sensitivity")));
  EXPECT_THAT(with(report, {"--corrected"}), HasSubstr("Nadeau"));
  EXPECT_THAT(done(report), Not(HasSubstr("intervals over patients")));
  EXPECT_THAT(with(report, {"--intervals", "200"}), HasSubstr("over 200 bootstrap bags"));

  const auto rows = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"report", file("sweep.run"), "--format", "json"};
    const json told = json::parse(with(arguments, more));
    std::size_t drawn = 0;
    for (const json& row : told.at("tables").at(0).at("rows"))
      drawn += row.at("candidate").get<std::string>().starts_with("b[") ? 1 : 0;
    return drawn;
  };
  EXPECT_EQ(rows({}), 1U);
  EXPECT_EQ(rows({"--all-candidates"}), 5U);
}

/// A format is the same whatever others it is written with, and in whichever order.
TEST_F(OptionEffects, OfReportAreOfEachFormatAlone) {
  std::vector<std::string> formats{"text", "md", "tex", "csv", "json", "html"};
  const std::map<std::string, std::string> endings{{"text", "txt"},  {"md", "md"},
                                                   {"tex", "tex"},   {"csv", "csv"},
                                                   {"json", "json"}, {"html", "html"}};
  std::map<std::string, std::string> alone;
  for (const std::string& format : formats)
    alone[format] = with({"report", file("j.run")}, {"--format", format});
  for (int order = 0; order < 2; ++order) {
    std::string list;
    for (const std::string& format : formats) list += (list.empty() ? "" : ",") + format;
    const std::string out = "report" + std::to_string(order);
    EXPECT_EQ(with({"report", file("j.run")}, {"--format", list, "--out", file(out)}), "");
    for (const std::string& format : formats) {
      const std::string written = read_text(file(out) + "/report." + endings.at(format));
      EXPECT_FALSE(written.empty()) << format;
      if (format == "text") continue;
      EXPECT_TRUE(written == alone.at(format)) << format << " of " << list;
    }
    std::reverse(formats.begin(), formats.end());
  }
  EXPECT_EQ(read_text(file("report0/report.txt")), read_text(file("report1/report.txt")))
      << "whose sign between mean and sd is not that of the locale";
}

TEST_F(OptionEffects, OfAudit) {
  const std::vector<std::string> audit{"audit", file("j.run"), "--rules", "CON,PRO,INT"};
  const std::string plain = done(audit);
  ASSERT_THAT(plain, HasSubstr("WARN"));
  std::vector<std::string> strict = audit;
  strict.emplace_back("--strict");
  EXPECT_EQ(run_crossfold(strict).code, 1);
  EXPECT_THAT(plain, Not(HasSubstr("A. Reviewer")));
  EXPECT_THAT(with(audit, {"--auditor", "A. Reviewer"}), HasSubstr("A. Reviewer"));

  write_text(file("published.csv"), with({"report", file("j.run")}, {"--format", "csv"}));
  EXPECT_THAT(plain, Not(HasSubstr("published table:")));
  EXPECT_THAT(with(audit, {"--table", file("published.csv")}), HasSubstr("1 published table:"));
  std::string raised = read_text(file("published.csv"));
  raised = std::regex_replace(raised, std::regex("0\\.[0-9]{6,}"), "0.999999",
                              std::regex_constants::format_first_only);
  write_text(file("raised.csv"), raised);
  std::vector<std::string> objecting = audit;
  objecting.insert(objecting.end(), {"--table", file("raised.csv")});
  const Ended found = run_crossfold(objecting);
  EXPECT_EQ(found.code, 1) << found.out;
  EXPECT_THAT(found.out, HasSubstr("raised.csv"));
  const auto evidence = [&](const std::string& lines) {
    std::vector<std::string> arguments = objecting;
    arguments.insert(arguments.end(), {"--lines", lines});
    const std::string text = run_crossfold(arguments).out;
    return count_of(text, "  | ") - count_of(text, "  | ... and ");
  };
  EXPECT_EQ(evidence("0"), 0U);
  EXPECT_GT(evidence("9"), 0U);

  EXPECT_THAT(plain, Not(HasSubstr("(sweep.run)")));
  EXPECT_THAT(with(audit, {"--other-run", file("sweep.run")}),
              AllOf(HasSubstr("in 2 runs"), HasSubstr("(sweep.run)")));
}

TEST_F(OptionEffects, OfManifests) {
  fs::create_directory(file("x"));
  for (const char* image : {"x/a.png", "x/b.png"})
    write_text(file(image), test::encode_png(test::pattern(20, 20)));
  write_text(file("x/m.csv"),
             "id,image,patient,class,domain\n1,a.png,p,u,s\n2,b.png,q,v,s\n3,c.png,p,v,s\n");
  const std::vector<std::string> merge{"manifest", "merge", file("x/m.csv"), "-o", file("x/o.csv")};
  const auto ids = [&](const std::vector<std::string>& more) {
    fs::remove(file("x/o.csv"));
    static_cast<void>(with(merge, more));
    std::istringstream lines(read_text(file("x/o.csv")));
    std::string line;
    std::string all;
    std::getline(lines, line);
    while (std::getline(lines, line)) all += line.substr(0, line.find(','));
    return all;
  };
  EXPECT_EQ(ids({}), "123");
  EXPECT_EQ(ids({"--drop-duplicates"}), "13");
  EXPECT_EQ(ids({"--first-per-patient"}), "12");
  write_text(file("x/d.png"), test::encode_png(test::pattern(21, 20)));
  write_text(file("x/m.csv"),
             "id,image,patient,class,domain\n1,a.png,p,u,s\n2,b.png,q,v,s\n3,d.png,q,v,s\n");
  EXPECT_EQ(ids({"--drop-duplicates", "--first-per-patient"}), "13") << "nobody is lost";

  fs::copy(CROSSFOLD_SOURCE_DIR "/tests/manifest/collections/actmed", file("actmed"));
  const std::vector<std::string> import{"manifest", "actmed", file("actmed"), "-o",
                                        file("x/actmed.csv")};
  EXPECT_EQ(run_crossfold(import).code, 3) << "no image is there";
  EXPECT_THAT(with(import, {"--keep-absent"}), HasSubstr("2 samples"));
}

TEST_F(OptionEffects, OfDuplicates) {
  fs::create_directory(file("films"));
  write_text(file("films/a.png"), test::encode_png(test::pattern(220, 200)));
  write_text(file("films/b.jpg"), test::encode_jpeg(test::pattern(220, 200)));
  write_text(file("films/m.csv"), "id,image,patient,class,domain\n1,a.png,p,u,s\n2,b.jpg,q,v,s\n");
  const std::vector<std::string> duplicates{"manifest", "duplicates", file("films/m.csv"), "-o",
                                            file("films/pairs.csv")};
  EXPECT_THAT(with(duplicates, {"--least-score", "0.5"}), HasSubstr(": 1 pair of images"));
  fs::remove(file("films/pairs.csv"));
  EXPECT_THAT(with(duplicates, {"--least-score", "1"}), HasSubstr(": 0 pairs of images"));
}

TEST_F(OptionEffects, OfTheManifestsColumns) {
  write_text(file("odd.csv"),
             "a,b,c,d,e,f\nx1,1,kA,s1,in,i1\nx2,2,kB,s2,oos,i2\nx3,1,kA,s1,in,i3\n");
  write_text(file("numbers.csv"), "z0,z1\n0.5,1.5\n0.25,2.5\n0.125,0.5\n");
  static_cast<void>(done({"store",
                          "import",
                          file("odd.h5"),
                          "--manifest",
                          file("odd.csv"),
                          "--embedding",
                          "e/raw=" + file("numbers.csv"),
                          "--id-column",
                          "a",
                          "--group-column",
                          "b",
                          "--class-column",
                          "c",
                          "--domain-column",
                          "d",
                          "--role-column",
                          "e",
                          "--image-column",
                          "f",
                          "--allow-large-group"}));
  EXPECT_THAT(done({"store", "export", file("odd.h5"), "e/raw"}),
              AllOf(HasSubstr("id,group,class,domain,role,"), HasSubstr("\nx1,1,kA,s1,in,"),
                    HasSubstr("\nx2,2,kB,s2,oos,")));
}

TEST_F(OptionEffects, OfRun) {
  const std::vector<std::string> one_worker{"run", file("job.json"), "--workers", "1"};
  const auto journal = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> all{"--out", file(name)};
    all.insert(all.end(), more.begin(), more.end());
    static_cast<void>(with(one_worker, all));
    return read_text(file(name) + "/journal.jsonl");
  };
  EXPECT_THAT(journal("pinned.run", {}), HasSubstr(R"("device":"cpu core )"));
  EXPECT_THAT(journal("loose.run", {"--no-pin"}),
              AllOf(HasSubstr(R"("device":"cpu")"), Not(HasSubstr("cpu core"))));
}

TEST_F(OptionEffects, OfPlan) {
  const auto planned = [&](const std::vector<std::string>& more) {
    return json::parse(with({"plan", file("sweep.json"), "--json"}, more));
  };
  const json plain = planned({});
  EXPECT_LT(plain.at("cohorts"), plain.at("distinct_fits")) << "fits of a split stand together";
  EXPECT_EQ(planned({"--cohort", "1"}).at("cohorts"), plain.at("distinct_fits"));

  write_text(file("linear-first.json"), R"({"name": "l", "store": "s.h5",
 "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "candidates": [{"kind": "linear"}, {"kind": "baseline"}]}],
 "splits": {"folds": 2, "seeds": 1}})");
  static_cast<void>(done({"plan", file("linear-first.json"), "--splits", file("folds.csv")}));
  EXPECT_THAT(read_text(file("folds.csv")), HasSubstr(",validation,"))
      << "which the network needs and the regression does not";
}

TEST_F(OptionEffects, OfSubmit) {
  write_text(file("modules.sh"), "module load openmpi\n");
  // An option, its value, and what it puts into the script.
  const std::vector<std::pair<std::vector<std::string>, std::string>> options{
      {{"--nodes", "3"}, "\n#SBATCH --nodes=3\n"},
      {{"--cores-per-node", "5"}, "\n#SBATCH --ntasks-per-node=5\n"},
      {{"--gpus-per-node", "2"}, "\n#SBATCH --gres=gpu:2\n"},
      {{"--partition", "gpu"}, "\n#SBATCH --partition=gpu\n"},
      {{"--account", "acc"}, "\n#SBATCH --account=acc\n"},
      {{"--shards", "4", "--at-once", "2"}, "\n#SBATCH --array=1-4%2\n"},
      {{"--grace", "77"}, "\n#SBATCH --signal=B:USR1@77\n"},
      {{"--max-restarts", "17"}, "\nmax_restarts=17\n"},
      {{"--launcher", "srun"}, "\nlauncher=(srun --mpi=pmix "},
      {{"--container", "apptainer exec my.sif"}, "\ncontainer=(apptainer exec my.sif)\n"},
      {{"--program", "/opt/cf"}, "\nprogram=/opt/cf\n"},
      {{"--setup", file("modules.sh")}, "\nsource " + file("modules.sh") + "\n"},
      {{"--log", "logs/%j.txt"}, "\n#SBATCH --output=logs/%j.txt\n"},
      {{"--sbatch=--constraint=a100"}, "\n#SBATCH --constraint=a100\n"},
      {{"--out", file("elsewhere")}, "--out " + file("elsewhere")},
      {{"--store", file("s.h5")}, "--store " + file("s.h5")},
      {{"--warm-start", file("sweep.run")}, "--warm-start " + file("sweep.run")},
      {{"--engine", "reference"}, "--engine reference"},
      {{"--cohort", "3"}, "--cohort 3"}};
  const std::vector<std::string> submit{"submit", file("job.json"), "--dry-run"};
  const std::string plain = done(submit);
  for (const auto& [option, text] : options) {
    EXPECT_THAT(plain, Not(HasSubstr(text))) << option.front();
    EXPECT_THAT(with(submit, option), HasSubstr(text)) << option.front();
  }
}

/// Points of a map, by their ids.
std::map<std::string, std::pair<double, double>> points_of(const std::string& path) {
  std::istringstream lines(read_text(path));
  std::string line;
  std::map<std::string, std::pair<double, double>> points;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string id;
    std::string x;
    std::string y;
    std::getline(fields, id, ',');
    std::getline(fields, x, ',');
    std::getline(fields, y, ',');
    points[id] = {std::stod(x), std::stod(y)};
  }
  return points;
}

double mean_distance_to_nearest(const std::string& path) {
  const auto points = points_of(path);
  double sum = 0;
  for (const auto& [id, a] : points) {
    double nearest = HUGE_VAL;
    for (const auto& [other, b] : points)
      if (id != other)
        nearest = std::min(nearest, std::hypot(a.first - b.first, a.second - b.second));
    sum += nearest;
  }
  return sum / static_cast<double>(points.size());
}

TEST_F(OptionEffects, OfProject) {
  const auto map = [&](const std::string& source, const std::vector<std::string>& more) {
    fs::remove(file("map.csv"));
    static_cast<void>(with({"project", file(source), "-o", file("map.csv")}, more));
    return read_text(file("map.csv"));
  };
  const std::vector<std::string> quick{"--epochs", "30"};
  const auto umap = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = quick;
    all.insert(all.end(), more.begin(), more.end());
    return map("s.h5", all);
  };
  const std::string plain = umap({});
  EXPECT_EQ(umap({"--seed", "0", "--neighbors", "15", "--min-dist", "0.1"}), plain) << "defaults";
  EXPECT_NE(umap({"--seed", "1"}), plain);
  EXPECT_NE(umap({"--neighbors", "5"}), plain);
  EXPECT_NE(map("s.h5", {"--epochs", "31"}), plain);
  static_cast<void>(umap({"--min-dist", "0"}));
  const double close = mean_distance_to_nearest(file("map.csv"));
  static_cast<void>(umap({"--min-dist", "0.9"}));
  EXPECT_GT(mean_distance_to_nearest(file("map.csv")), close);
  const std::vector<std::string> tsne{"--method", "tsne", "--epochs", "30"};
  std::vector<std::string> wide = tsne;
  wide.insert(wide.end(), {"--perplexity", "10"});
  EXPECT_NE(map("s.h5", wide), map("s.h5", tsne));

  const std::size_t all = points_of(file("map.csv")).size();
  static_cast<void>(map("s.h5", {"--method", "pca", "--role", "in"}));
  const std::size_t in = points_of(file("map.csv")).size();
  static_cast<void>(map("s.h5", {"--method", "pca", "--role", "oos"}));
  EXPECT_LT(in, all);
  EXPECT_EQ(in + points_of(file("map.csv")).size(), all);
  EXPECT_EQ(in, count_of(done({"store", "export", file("s.h5"), "synth/shortcut"}), ",in,"));
}

TEST_F(OptionEffects, OfProjectStandardizeRemovesTheUnitsOfColumns) {
  std::string manifest = "id,patient,class,domain\n";
  std::string metres = "id,u,v,w\n";
  std::string other = "id,u,v,w\n";
  for (int i = 0; i < 40; ++i) {
    const std::string id = "i" + std::to_string(i);
    const int u = (37 * i) % 40;
    const int v = (17 * i) % 23;
    const int w = (5 * i) % 7;
    manifest.append(id).append(",").append(id).append(i % 2 == 0 ? ",a,s" : ",b,s");
    manifest += std::to_string(i % 3) + "\n";
    const auto line = [&](int factor) {
      return id + "," + std::to_string(u) + ".5," + std::to_string(factor * v) + "," +
             std::to_string(w) + ".25\n";
    };
    metres += line(1);
    other += line(64);
  }
  write_text(file("u.csv"), manifest);
  write_text(file("metres.csv"), metres);
  write_text(file("other.csv"), other);
  static_cast<void>(done({"store", "import", file("u.h5"), "--manifest", file("u.csv"),
                          "--embedding", "e/metres=" + file("metres.csv"), "--embedding",
                          "e/other=" + file("other.csv"), "--feature-columns", "u,v,w"}));
  const auto map = [&](const std::string& set, const std::vector<std::string>& more) {
    fs::remove(file("map.csv"));
    static_cast<void>(with(
        {"project", file("u.h5"), "-o", file("map.csv"), "--method", "pca", "--embedding", set},
        more));
    return read_text(file("map.csv"));
  };
  EXPECT_NE(map("e/metres", {}), map("e/other", {}));
  EXPECT_EQ(map("e/metres", {"--standardize"}), map("e/other", {"--standardize"}))
      << "a power of two is exact";
}

/// A run that is over is watched once.
TEST_F(OptionEffects, OfStatus) {
  const std::string plain = done({"status", file("j.run"), "--json"});
  const std::string watched = done({"status", file("j.run"), "--json", "--watch"});
  EXPECT_EQ(count_of(watched, "\n"), 1U) << watched;
  EXPECT_GT(count_of(plain, "\n"), 1U);
  EXPECT_EQ(json::parse(watched).at("done"), json::parse(plain).at("done"));
  EXPECT_EQ(done({"status", file("j.run"), "--watch"}), done({"status", file("j.run")}));
  // In a terminal it is a screen that is drawn over what stood there, line by line.
  const Ended drawn =
      Child({"sh", "-c",
             "command -v script > /dev/null || exit 77; script -qec '" + crossfold_program() +
                 " status " + file("j.run") + " --watch' /dev/null < /dev/null"},
            folder_->path())
          .wait();
  if (drawn.code == 77) return;  // util-linux is not installed
  EXPECT_EQ(drawn.code, 0) << drawn.out;
  for (const char* part : {"\x1b[2J\x1b[H", "j: 4 of 4 fits done, 0 failed, 0 to do\x1b[K",
                           "] 100 %\x1b[K", "finished at 20", "\x1b[J"})
    EXPECT_THAT(drawn.out, HasSubstr(part));
}

TEST_F(OptionEffects, OfCompare) {
  const std::vector<std::string> compare{"compare", file("j.run"), file("sweep.run")};
  const auto told = [&](const std::string& lines) {
    std::vector<std::string> words = compare;
    words.insert(words.end(), {"--lines", lines});
    const Ended ended = run_crossfold(words);
    EXPECT_EQ(ended.code, 1) << ended.err;
    return count_of(ended.out, "\n");
  };
  EXPECT_LT(told("1"), told("4"));
  EXPECT_EQ(told("15"), count_of(run_crossfold(compare).out, "\n"));
}

/// All long options that the program offers, by what completes them.
std::set<std::string> offered_options() {
  const std::string script = run_crossfold({"manual", "bash"}).out;
  const std::regex option("--[a-z][a-z-]*[a-z]");
  return {std::sregex_token_iterator(script.begin(), script.end(), option), {}};
}

TEST(Options, EachIsUsedByATestThatSeesItsEffect) {
  // What a test cannot see by the output alone, and where it is seen.
  const std::set<std::string> seen_elsewhere{
      "--candidates",                  // manifest duplicates: PlantedDuplicates (find_duplicates)
      "--patience",   "--validation",  // segment train: TrainSegmenter
      "--source",                      // manifest covidx: Collections.CovidxRefusesUnknownSources
      "--verbose",                     // Log.SaysAsMuchAsItsLevel
  };
  std::string tests;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(CROSSFOLD_SOURCE_DIR "/tests")) {
    const std::string name = entry.path().filename().string();
    if (name == "options_test.cpp" || name == "manual_test.cpp") continue;
    if (name.ends_with("_test.cpp") || name.ends_with(".sh")) tests += read_text(entry.path());
  }
  const auto is_used = [&](const std::string& option) {
    for (std::size_t at = tests.find(option); at != std::string::npos;
         at = tests.find(option, at + 1)) {
      const char behind = tests.at(std::min(at + option.size(), tests.size() - 1));
      if (behind != '-' && std::isalpha(static_cast<unsigned char>(behind)) == 0) return true;
    }
    return false;
  };
  const std::set<std::string> offered = offered_options();
  ASSERT_GT(offered.size(), 90U);
  for (const std::string& option : offered) {
    if (seen_elsewhere.contains(option)) continue;
    EXPECT_TRUE(is_used(option)) << option << " is in no test";
  }
}

}  // namespace
}  // namespace crossfold
