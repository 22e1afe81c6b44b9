#include "crossfold/study/image_blocks.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<ImageRow> some_rows(std::size_t count) {
  std::vector<ImageRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i].path = std::to_string(i) + ".png";
  return rows;
}

std::vector<std::size_t> numbers_to(std::size_t count) {
  std::vector<std::size_t> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = i;
  return numbers;
}

std::vector<std::size_t> sizes_of(const std::vector<fleet::WorkItem>& items) {
  std::vector<std::size_t> sizes;
  for (const fleet::WorkItem& item : items) sizes.push_back(static_cast<std::size_t>(item.cost));
  return sizes;
}

TEST(ImageBlocks, HoldEveryMissingRowOnceInOrder) {
  const std::vector<ImageRow> rows = some_rows(500);
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (i % 3 != 0) missing.push_back(i);
  std::vector<std::size_t> held;
  for (const fleet::WorkItem& item : image_blocks(rows, missing, {.workers = 3})) {
    const std::vector<RowToEmbed> block = decode_rows(item.bytes);
    EXPECT_EQ(item.cost, static_cast<double>(block.size()));
    for (const RowToEmbed& row : block) {
      held.push_back(row.row);
      EXPECT_EQ(row.image.path, rows[row.row].path);
    }
  }
  EXPECT_EQ(held, missing);
}

TEST(ImageBlocks, ShrinkTowardsTheEnd) {
  const auto sizes = sizes_of(image_blocks(some_rows(1000), numbers_to(1000), {.workers = 2}));
  EXPECT_EQ(sizes.front(), 32U);
  EXPECT_EQ(sizes.back(), 1U);
  EXPECT_TRUE(std::is_sorted(sizes.rbegin(), sizes.rend()));
  EXPECT_LT(sizes.size(), 70U);  // few: each is a way to the coordinator and back
}

TEST(ImageBlocks, HoldAnImageForEachThread) {
  const auto sizes =
      sizes_of(image_blocks(some_rows(1003), numbers_to(1003), {.workers = 2, .threads = 8}));
  EXPECT_EQ(sizes.front(), 1003U / 8);
  EXPECT_TRUE(std::all_of(sizes.begin(), sizes.end() - 1, [](auto size) { return size >= 8; }));
  EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}), 1003U);
}

TEST(ImageBlocks, GiveEveryWorkerOfManySomething) {
  EXPECT_THAT(sizes_of(image_blocks(some_rows(3), numbers_to(3), {.workers = 8})),
              ElementsAre(1, 1, 1));
  EXPECT_THAT(image_blocks(some_rows(3), {}, {.workers = 8}), IsEmpty());
}

TEST(ImageBlocks, TakeRowsToAWorkerAndBackWithTheirMasks) {
  const std::vector<RowToEmbed> sent{{.row = 7, .image = {.id = {}, .path = "a.png"}},
                                     {.row = 9, .image = {.id = {}, .path = "b.png", .mask = "m"}}};
  const std::vector<RowToEmbed> found = decode_rows(encode_rows(sent));
  ASSERT_EQ(found.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(found[i].row, sent[i].row);
    EXPECT_EQ(found[i].image.path, sent[i].image.path);
    EXPECT_EQ(found[i].image.mask, sent[i].image.mask);
  }
}

TEST(ImageBlocks, BringHomeAllThatWasFoundOfAnImage) {
  const std::vector<RowEmbedded> sent{
      {.row = 7,
       .image = {.key = sha256("a"), .image = sha256("A"), .numbers = {0.5F, -2}, .problem = {}}},
      {.row = 8,
       .image = {.key = sha256("b"),
                 .image = sha256("B"),
                 .numbers = {1, 3},
                 .problem = {},
                 .image_oddity = "blank"}},
      {.row = 9,
       .image = {.key = sha256("c"),
                 .image = sha256("C"),
                 .numbers = {4, 5},
                 .problem = {},
                 .mask_oddity = "small"}},
      {.row = 4,
       .image = {
           .key = sha256("d"), .image = sha256("D"), .numbers = {}, .problem = "damaged PNG"}}};
  const std::vector<RowEmbedded> found = decode_images(encode_images(sent));
  ASSERT_EQ(found.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(found[i].row, sent[i].row);
    EXPECT_EQ(found[i].image.key, sent[i].image.key);
    EXPECT_EQ(found[i].image.image, sent[i].image.image);
    EXPECT_EQ(found[i].image.numbers, sent[i].image.numbers);
    EXPECT_EQ(found[i].image.problem, sent[i].image.problem);
    EXPECT_EQ(found[i].image.image_oddity, sent[i].image.image_oddity);
    EXPECT_EQ(found[i].image.mask_oddity, sent[i].image.mask_oddity);
  }
}

}  // namespace
}  // namespace crossfold
