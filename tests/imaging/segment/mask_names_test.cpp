#include "mask_names.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

/// Names of all images, after a check that no two are alike, in any case of letters, that none is
/// a folder of another, and that none leaves the folder.
std::map<fs::path, fs::path> names_of(std::vector<fs::path> images) {
  const auto names = mask_names(images);
  std::set<std::string> files;
  std::set<std::string> folders = {"masks.csv"};
  for (const auto& [image, name] : names) {
    EXPECT_TRUE(name.is_relative()) << name;
    EXPECT_EQ(name.extension(), ".png") << name;
    EXPECT_EQ(name, name.lexically_normal());
    for (const fs::path& part : name) EXPECT_NE(part, "..") << name;
    EXPECT_TRUE(files.insert(lower(name.string())).second) << name << " named twice";
    for (fs::path folder = name.parent_path(); !folder.empty(); folder = folder.parent_path())
      folders.insert(lower(folder.string()));
  }
  for (const std::string& file : files) EXPECT_FALSE(folders.contains(file)) << file;
  std::reverse(images.begin(), images.end());
  EXPECT_EQ(mask_names(images), names) << "depends on the order";
  return names;
}

TEST(MaskNames, AreTheImagesPathsWithAnotherEnding) {
  const auto names = names_of({"/data/a/1.jpeg", "/data/b/1.png", "/data/b/c/2.dcm", "/data/3"});
  EXPECT_EQ(names.at("/data/a/1.jpeg"), "a/1.png");
  EXPECT_EQ(names.at("/data/b/1.png"), "b/1.png");
  EXPECT_EQ(names.at("/data/b/c/2.dcm"), "b/c/2.png");
  EXPECT_EQ(names.at("/data/3"), "3.png");
}

TEST(MaskNames, KeepTheEndingWhereTwoWouldBeAlike) {
  const auto names = names_of({"/d/a.png", "/d/a.jpg", "/d/b.jpg"});
  EXPECT_EQ(names.at("/d/a.png"), "a.png.png");
  EXPECT_EQ(names.at("/d/a.jpg"), "a.jpg.png");
  EXPECT_EQ(names.at("/d/b.jpg"), "b.png");
}

TEST(MaskNames, AreDifferentHoweverTheImagesAreNamed) {
  const std::vector<std::vector<fs::path>> sets = {
      {"/d/a.png", "/d/a.jpg.png", "/d/a.jpg"},
      {"/d/a.jpg", "/d/a.jpg.png", "/d/a.png", "/d/a.png.png", "/d/a.jpg.jpg"},
      {"/d/A.png", "/d/a.PNG", "/d/a.png", "/d/A.PNG"},
      {"/d/x/A.jpg", "/d/X/a.jpg", "/d/x/a.jpeg"},
      {"/d/a", "/d/a.png", "/d/a.png.png", "/d/a.jpg"},
      {"/d/a.jpg", "/d/a.png/1.png", "/d/a.png/2.png"},
      {"/d/a", "/d/a.png/1", "/d/a.png.png/1"},
      {"/d/masks.csv/1.png", "/d/masks.jpg", "/d/masks.png"},
      {"/one/a.png", "/two/a.png", "/two/one/a.png"},
      {"/a.png", "/b/a.png", "/b/b/a.png"},
      {"/d/.png", "/d/png", "/d/.jpg", "/d/..png"},
      {"/d/a b.png", "/d/a b.jpg", "/d/\xc3\xa4.png", "/d/\xc3\xa4.jpg"}};
  for (const std::vector<fs::path>& images : sets) {
    SCOPED_TRACE(images.front());
    EXPECT_EQ(names_of(images).size(), images.size());
  }
}

TEST(MaskNames, AreOneForAnImageNamedTwice) {
  EXPECT_EQ(names_of({"/d/a.png", "/d/a.png"}).at("/d/a.png"), "a.png");
}

}  // namespace
}  // namespace crossfold
