package picture_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/picture"
)

func TestScene(t *testing.T) {
	t.Parallel()
	paint := func(t *testing.T, seed uint64, stage picture.Stage, caption string) []byte {
		t.Helper()
		data, err := picture.Scene(seed, 240, 180, stage, caption)
		require.NoError(t, err)
		return data
	}
	t.Run("same arguments, same bytes", func(t *testing.T) {
		t.Parallel()
		first := paint(t, 7, picture.Tiling, "2026-11-21")
		require.Equal(t, first, paint(t, 7, picture.Tiling, "2026-11-21"))
	})
	t.Run("seeds, stages and captions differ", func(t *testing.T) {
		t.Parallel()
		seen := map[string]bool{}
		for seed := range uint64(3) {
			for stage := picture.Bare; stage <= picture.Furnished; stage++ {
				seen[string(paint(t, seed, stage, ""))] = true
				seen[string(paint(t, seed, stage, "2026-11-21"))] = true
			}
		}
		require.Len(t, seen, 3*6*2)
	})
	t.Run("looks like a lit room", func(t *testing.T) {
		t.Parallel()
		for stage := picture.Bare; stage <= picture.Furnished; stage++ {
			img, err := jpeg.Decode(bytes.NewReader(paint(t, 3, stage, "")))
			require.NoError(t, err)
			mean, deviation := brightness(img)
			require.InDelta(t, 140, mean, 75, "stage %d", stage)
			require.Greater(t, deviation, 15.0, "stage %d", stage)
		}
	})
	t.Run("senseless arguments still give a picture", func(t *testing.T) {
		t.Parallel()
		data, err := picture.Scene(1, -5, 0, -9, "x")
		require.NoError(t, err)
		cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
		require.NoError(t, err)
		require.Equal(t, [2]int{16, 16}, [2]int{cfg.Width, cfg.Height})
	})
}

func brightness(img image.Image) (mean, deviation float64) {
	var sum, squares, n float64
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			_, g, _, _ := img.At(x, y).RGBA()
			v := float64(g >> 8)
			sum, squares, n = sum+v, squares+v*v, n+1
		}
	}
	mean = sum / n
	return mean, math.Sqrt(squares/n - mean*mean)
}

func BenchmarkScene(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		_, _ = picture.Scene(uint64(i), 960, 720, picture.Stage(i%6), "2026-11-21 16:40")
	}
}
