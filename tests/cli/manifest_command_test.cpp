// The way from a published folder to a store, as a user goes it.

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/imaging/near_duplicates.h"

#include "cli/program.h"
#include "imaging/duplicates/blobs.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

TEST(ManifestCommand, GoesFromAFolderToTable1) {
  const ScratchFolder folder;
  fs::copy(CROSSFOLD_SOURCE_DIR "/tests/manifest/collections/actmed", folder.path() / "actmed");
  fs::create_directories(folder.path() / "actmed/images");
  for (const char* image : {"CR.1.2.840.1.png", "CR.1.2.840.2.png", "CR.1.2.840.3.png"})
    write_text(folder.path() / "actmed/images" / image, "pixels");
  const std::string manifest = folder.file("m.csv");
  const Ended imported =
      run_crossfold({"manifest", "actmed", folder.file("actmed"), "-o", manifest});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(imported.out, manifest +
                              ": 2 samples\n"
                              "left out: 1\n"
                              "       1 no finding given (CR.1.2.840.1.png)\n"
                              "\n"
                              "Samples of the pool (role in), class by domain\n"
                              "  2 images of 2 patients; each cell gives images (patients)\n"
                              "\n"
                              "class    actmed    all\n"
                              "-------  ------  -----\n"
                              "covid19   1 (1)  1 (1)\n"
                              "normal    1 (1)  1 (1)\n"
                              "-------  ------  -----\n"
                              "all       2 (2)  2 (2)\n");
  EXPECT_EQ(read_text(manifest),
            "id,image,patient_id,class,source,view,sex,age\n"
            "actmed/CR.1.2.840.2.png,actmed/images/CR.1.2.840.2.png,actmed_ANON56,normal,actmed,"
            "PA,,\n"
            "actmed/CR.1.2.840.3.png,actmed/images/CR.1.2.840.3.png,actmed_ANON196,covid19,actmed,"
            "AP,,\n");
  const Ended embedded =
      run_crossfold({"embed", manifest, "--store", folder.file("s.h5"), "--skip-bad"});
  EXPECT_EQ(embedded.code, 3);
  EXPECT_THAT(embedded.err, testing::HasSubstr("2 of 2 images cannot be used"));
  EXPECT_FALSE(fs::exists(folder.file("s.h5")));
}

TEST(ManifestCommand, NamesDroppedDuplicatesWhoseClassesDiffer) {
  const ScratchFolder folder;
  write_text(folder.path() / "a.png", test::encode_png(test::pattern(90, 80)));
  for (const char* copy : {"b.png", "c.png"})
    fs::copy(folder.path() / "a.png", folder.path() / copy);
  write_text(folder.path() / "m.csv",
             "id,image,patient_id,class,source\n"
             "0,d.png,p0,covid19,there\n1,a.png,p1,normal,here\n2,b.png,p2,normal,here\n"
             "3,c.png,p3,covid19,there\n");
  write_text(folder.path() / "d.png", test::encode_png(test::pattern(70, 80)));
  const Ended merged = run_crossfold(
      {"manifest", "merge", folder.file("m.csv"), "-o", folder.file("o.csv"), "--drop-duplicates"});
  EXPECT_EQ(merged.code, 0);
  EXPECT_THAT(merged.err,
              testing::HasSubstr("1 pair of the same pixels have different classes (one of the two "
                                 "labels is wrong). look at them, and mend the manifest:\n"
                                 "  '3' (covid19) is left out, '1' (normal) is kept\n"));
}

/// They are not equal to one another because both say nothing.
TEST(ManifestCommand, KeepsImagesThatCannotBeCompared) {
  const ScratchFolder folder;
  write_text(folder.path() / "a.png", test::encode_png(test::pattern(90, 80)));
  fs::copy(folder.path() / "a.png", folder.path() / "d.png");
  write_text(folder.path() / "b.png", "no image");
  write_text(folder.path() / "m.csv",
             "id,image,patient_id,class,source\n1,b.png,p1,normal,here\n2,a.png,p2,normal,here\n"
             "3,c.png,p3,normal,here\n4,d.png,p4,normal,here\n");
  const Ended merged = run_crossfold(
      {"manifest", "merge", folder.file("m.csv"), "-o", folder.file("o.csv"), "--drop-duplicates"});
  ASSERT_EQ(merged.code, 0) << merged.err;
  for (const char* name : {"b.png", "c.png"})
    EXPECT_THAT(merged.err, testing::HasSubstr("not compared, and kept: " + folder.file(name)));
  EXPECT_THAT(merged.out, testing::HasSubstr(folder.file("o.csv") + ": 3 samples\nleft out: 1\n"));
  const std::string kept = read_text(folder.path() / "o.csv");
  for (const char* line : {"\n1,", "\n2,", "\n3,"}) EXPECT_THAT(kept, testing::HasSubstr(line));
}

/// A patient whose first image is a copy of another's keeps the second one.
TEST(ManifestCommand, LooksForFirstImagesAmongThoseThatAreKept) {
  const ScratchFolder folder;
  write_text(folder.path() / "a.png", test::encode_png(test::pattern(90, 80)));
  fs::copy(folder.path() / "a.png", folder.path() / "b.png");
  write_text(folder.path() / "c.png", test::encode_png(test::pattern(80, 90)));
  write_text(folder.path() / "d.png", test::encode_png(test::pattern(70, 90)));
  write_text(folder.path() / "m.csv",
             "id,image,patient_id,class,source\n"
             "1,a.png,p1,normal,here\n2,b.png,p2,normal,here\n"
             "3,c.png,p2,normal,here\n4,d.png,p2,normal,here\n");
  const auto ids = [&](const std::vector<std::string>& options, const std::string& left_out) {
    std::vector<std::string> words{"manifest", "merge", folder.file("m.csv"), "-o",
                                   folder.file("o.csv")};
    words.insert(words.end(), options.begin(), options.end());
    const Ended merged = run_crossfold(words);
    EXPECT_EQ(merged.code, 0) << merged.err;
    std::istringstream lines(read_text(folder.path() / "o.csv"));
    std::string kept;
    for (std::string line; std::getline(lines, line);)
      if (!line.starts_with("id,")) kept += line.substr(0, line.find(',')) + " ";
    fs::remove(folder.path() / "o.csv");
    EXPECT_THAT(merged.out,
                testing::StartsWith(fmt::format("{}: {} samples\n{}\nSamples of the pool",
                                                folder.file("o.csv"), kept.size() / 2, left_out)));
    return kept;
  };
  const std::string same = "same pixels as an earlier image\n";
  const std::string later = "not the first sample of its patient\n";
  EXPECT_EQ(ids({}, ""), "1 2 3 4 ");
  EXPECT_EQ(ids({"--drop-duplicates"}, "left out: 1\n       1 " + same), "1 3 4 ");
  EXPECT_EQ(ids({"--first-per-patient"}, "left out: 2\n       2 " + later), "1 2 ");
  EXPECT_EQ(ids({"--first-per-patient", "--drop-duplicates"},
                "left out: 2\n       1 " + same + "       1 " + later),
            "1 3 ");
}

/// Twenty are named, the others counted.
TEST(ManifestCommand, NamesAsManyContradictionsAsAreRead) {
  for (const int pairs : {20, 21, 25}) {
    const ScratchFolder folder;
    write_text(folder.path() / "a.png", test::encode_png(test::pattern(30, 20)));
    std::string manifest = "id,image,patient_id,class,source\nfirst,a.png,p,normal,here\n";
    for (int i = 0; i < pairs; ++i) {
      const std::string name = std::to_string(i);
      fs::copy(folder.path() / "a.png", folder.path() / (name + ".png"));
      manifest.append("n").append(name).append(",").append(name).append(".png,p");
      manifest.append(name).append(",covid19,here\n");
    }
    write_text(folder.path() / "m.csv", manifest);
    const Ended merged = run_crossfold({"manifest", "merge", folder.file("m.csv"), "-o",
                                        folder.file("o.csv"), "--drop-duplicates"});
    ASSERT_EQ(merged.code, 0) << merged.err;
    EXPECT_THAT(merged.err, testing::HasSubstr(std::to_string(pairs) +
                                               " pairs of the same pixels have different classes"));
    for (int i = 0; i < pairs; ++i)
      EXPECT_EQ(merged.err.find("'n" + std::to_string(i) + "' (covid19) is left out") !=
                    std::string::npos,
                i < 20)
          << i;
    EXPECT_EQ(merged.err.find(" more\n") != std::string::npos, pairs > 20);
    if (pairs > 20) {
      EXPECT_THAT(merged.err,
                  testing::HasSubstr("\n  and " + std::to_string(pairs - 20) + " more\n"));
    }
    EXPECT_THAT(merged.out, testing::HasSubstr(folder.file("o.csv") + ": 1 samples\nleft out: " +
                                               std::to_string(pairs) + "\n"));
  }
}

/// The commonest reasons are named, those beyond twenty counted together.
TEST(ManifestCommand, CountsWhatIsLeftOutForWhateverReason) {
  for (const int reasons : {20, 21, 22, 30}) {
    const ScratchFolder folder;
    fs::copy(CROSSFOLD_SOURCE_DIR "/tests/manifest/collections/actmed", folder.path() / "actmed");
    const fs::path table = fs::directory_iterator(folder.path() / "actmed")->path();
    std::string text = read_text(table);
    text.erase(text.find('\n') + 1);
    text += "ANON1,,,,COVID-19,,,,AP,X-ray,kept.png,,\n";
    int lines = 0;
    for (int reason = 0; reason < reasons; ++reason)
      for (int line = 0; line <= (reason < 20 ? 1 : 0); ++line, ++lines)
        text += "ANON" + std::to_string(2 + lines) + ",,,,odd" + std::to_string(reason) +
                ",,,,AP,X-ray,i" + std::to_string(lines) + ".png,,\n";
    write_text(table, text);
    const Ended imported = run_crossfold(
        {"manifest", "actmed", folder.file("actmed"), "-o", folder.file("m.csv"), "--keep-absent"});
    ASSERT_EQ(imported.code, 0) << imported.err;
    EXPECT_THAT(imported.out,
                testing::HasSubstr(": 1 samples\nleft out: " + std::to_string(lines) + "\n"));
    const int named = reasons <= 21 ? reasons : 20;  // one alone is named rather than counted
    for (int reason = 0; reason < reasons; ++reason)
      EXPECT_EQ(
          imported.out.find("finding 'odd" + std::to_string(reason) + "'") != std::string::npos,
          reason < named)
          << reason << " of " << reasons;
    EXPECT_EQ(imported.out.find("other reasons") != std::string::npos, reasons > 21);
    if (reasons > 21) {
      EXPECT_THAT(imported.out,
                  testing::HasSubstr("\n      " + std::string(reasons == 22 ? " 2" : "10") +
                                     " for " + std::to_string(reasons - 20) + " other reasons\n"));
    }
  }
}

/// One below the other in the order that they are named in, each with the titles that it has.
TEST(ManifestCommand, MergesManifestsInTheirOrder) {
  const ScratchFolder folder;
  write_text(folder.path() / "a.csv",
             "key,image,who,label,site\n1,a.png,p1,normal,here\n2,b.png,p2,normal,here\n");
  write_text(folder.path() / "b.csv", "key,image,who,label,site\n3,c.png,p3,covid19,there\n");
  const std::vector<std::string> columns{"--id-column",    "key",   "--group-column",  "who",
                                         "--class-column", "label", "--domain-column", "site"};
  const auto merged = [&](const std::vector<std::string>& names) {
    std::vector<std::string> words{"manifest", "merge"};
    for (const std::string& name : names) words.push_back(folder.file(name));
    words.insert(words.end(), {"-o", folder.file("o.csv")});
    words.insert(words.end(), columns.begin(), columns.end());
    const Ended ended = run_crossfold(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    std::string text = read_text(folder.path() / "o.csv");
    fs::remove(folder.path() / "o.csv");
    std::istringstream lines(text);
    std::string order;
    for (std::string line; std::getline(lines, line);)
      order += line.find("normal") != std::string::npos    ? "n"
               : line.find("covid19") != std::string::npos ? "c"
                                                           : "";
    return order;
  };
  EXPECT_EQ(merged({"a.csv", "b.csv"}), "nnc");
  EXPECT_EQ(merged({"b.csv", "a.csv"}), "cnn");
  const Ended twice =
      run_crossfold({"manifest", "merge", folder.file("a.csv"), folder.file("a.csv"), "-o",
                     folder.file("o.csv"), "--id-column", "key", "--group-column", "who",
                     "--class-column", "label", "--domain-column", "site"});
  EXPECT_EQ(twice.code, 3);
  EXPECT_FALSE(fs::exists(folder.file("o.csv")));
  std::vector<std::string> counts{"manifest", "counts", folder.file("a.csv")};
  counts.insert(counts.end(), columns.begin(), columns.end());
  const Ended counted = run_crossfold(counts);
  EXPECT_EQ(counted.code, 0) << counted.err;
  EXPECT_THAT(counted.out, testing::HasSubstr("  2 images of 2 patients;"));
}

TEST(ManifestCommand, NamesDuplicatesAndMergesTheirPatients) {
  const ScratchFolder folder;
  write_text(folder.path() / "a.png", test::encode_png(test::pattern(90, 80)));
  write_text(folder.path() / "b.jpg",
             test::encode_jpeg(GrayImage{40, 40, std::vector<std::uint8_t>(1600, 90)}));
  fs::copy(folder.path() / "a.png", folder.path() / "c.png");
  write_text(folder.path() / "m.csv",
             "id,image,patient_id,class,source\n"
             "1,a.png,p9,normal,here\n"
             "2,b.jpg,p3,normal,here\n"
             "3,c.png,p4,covid19,there\n"
             "4,gone.png,p5,covid19,there\n");
  const Ended found = run_crossfold({"manifest", "duplicates", folder.file("m.csv"), "-o",
                                     folder.file("pairs.csv"), "--merged", folder.file("n.csv")});
  ASSERT_EQ(found.code, 0) << found.err;
  EXPECT_EQ(found.out, folder.file("pairs.csv") +
                           ": 1 pair of images of the same film under different patients\n" +
                           folder.file("n.csv") + ": 4 samples, 3 patients where there were 4\n");
  EXPECT_THAT(found.err, testing::HasSubstr("not compared: " + folder.file("gone.png") +
                                            ": no such file (the image is missing)."));
  const std::string a = folder.file("a.png");
  const std::string c = folder.file("c.png");
  EXPECT_EQ(read_text(folder.path() / "pairs.csv"),
            "kind,score,inliers,overlap,id_1,image_1,patient_id_1,source_1,id_2,image_2,"
            "patient_id_2,source_2\n"
            "exact,1.000,0,1.00,1," +
                a + ",p9,here,3," + c + ",p4,there\n");
  EXPECT_EQ(read_text(folder.path() / "n.csv"),
            "id,patient_id,class,source,image\n"
            "1,p4,normal,here,a.png\n"
            "2,p3,normal,here,b.jpg\n"
            "3,p4,covid19,there,c.png\n"
            "4,p5,covid19,there,gone.png\n");
}

/// On a line each: its kind, its three measures, then both samples in the manifest's order.
TEST(ManifestCommand, WritesTheMeasuresOfEveryPair) {
  const ScratchFolder folder;
  const GrayImage cropped =
      test::remade(test::blobs(1), 170, 200,
                   [](const GrayImage& film, int x, int y) { return film.at(x + 20, y + 25); });
  const GrayImage mirrored =
      test::remade(test::blobs(2), 200, 240,
                   [](const GrayImage& film, int x, int y) { return film.at(199 - x, y); });
  const std::vector<GrayImage> films = {test::blobs(1), test::blobs(2), cropped, mirrored};
  std::string manifest = "id,image,patient_id,class,source\n";
  std::vector<fs::path> images;
  std::vector<std::string> patients;
  for (std::size_t i = 0; i < films.size(); ++i) {
    images.push_back(folder.path() / fmt::format("{}.png", i));
    patients.push_back(fmt::format("p{}", i));
    write_text(images.back(), test::encode_png(films[i]));
    manifest += fmt::format("i{0},{0}.png,p{0},normal,s{0}\n", i);
  }
  write_text(folder.path() / "m.csv", manifest);
  const Ended found = run_crossfold(
      {"manifest", "duplicates", folder.file("m.csv"), "-o", folder.file("pairs.csv")});
  ASSERT_EQ(found.code, 0) << found.err;

  const std::vector<DuplicatePair> pairs = find_duplicates(images, patients, {}).pairs;
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_NE(pairs[0].kind, pairs[1].kind) << "one is mirrored";
  std::string expected =
      "kind,score,inliers,overlap,id_1,image_1,patient_id_1,source_1,id_2,image_2,patient_id_2,"
      "source_2\n";
  for (const DuplicatePair& pair : pairs) {
    expected += fmt::format("{},{:.3f},{},{:.2f}",
                            pair.kind == DuplicatePair::Kind::mirrored ? "mirrored" : "near",
                            pair.score, pair.inliers, pair.overlap);
    for (const std::size_t row : {pair.first, pair.second})
      expected += fmt::format(",i{0},{1},p{0},s{0}", row, images[row].string());
    expected += "\n";
  }
  EXPECT_EQ(read_text(folder.path() / "pairs.csv"), expected);
}

/// Each --source adds one to those that are known; --bare-source is of the lines that name none.
TEST(ManifestCommand, TakesSourcesOfListsFromItsOptions) {
  const ScratchFolder folder;
  write_text(folder.path() / "train_x.txt",
             "1 a.png normal chest\n2 b.png pneumonia mina\n3 c.png COVID-19\n"
             "4 d.png normal rsna\n5 e.png pneumonia\n");
  const Ended imported = run_crossfold({"manifest", "covidx", folder.file("train_x.txt"), "-o",
                                        folder.file("m.csv"), "--keep-absent", "--source", "chest",
                                        "--bare-source", "sirm", "--source", "mina"});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_THAT(imported.out, testing::HasSubstr(": 5 samples\n"));
  std::istringstream lines(read_text(folder.path() / "m.csv"));
  std::string ids;
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("id,")) ids += line.substr(0, line.find(',')) + " ";
  EXPECT_EQ(ids, "chest/a.png mina/b.png sirm/c.png rsna/d.png sirm/e.png ");
}

}  // namespace
}  // namespace crossfold
