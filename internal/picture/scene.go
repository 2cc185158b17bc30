package picture

import (
	"image"
	"math"
	"math/rand/v2"

	"golang.org/x/image/draw"
)

// Stage is what a painted room looks like: how far the work on it has come.
type Stage int

// The stages, in the order of the work.
const (
	Bare      Stage = iota // bare concrete, sacks of cement
	Wiring                 // channels in raw walls with coloured conduits
	Tiling                 // tiles on the floor, boxes of tiles
	Carpentry              // panelled wall, carcasses of cabinets, boards
	Painting               // fresh colour on the walls, covered floor, buckets
	Furnished              // lived in: sofa, cabinets, rug, picture
	stages
)

// Scene paints a room as a site manager's phone would see it, as a JPEG of width by height pixels
// (at least 16 by 16) with caption, printable ASCII, written into its corner like a camera's date;
// an empty one writes nothing. Rooms of different seeds differ in proportions, colours, light and
// furniture; the same arguments give the same bytes.
func Scene(seed uint64, width, height int, stage Stage, caption string) ([]byte, error) {
	width, height = max(width, 16), max(height, 16)
	room := newRoom(seed, ((stage%stages)+stages)%stages)
	// Painted small and enlarged it costs half the time and looks like a small lens.
	small := image.NewRGBA(image.Rect(0, 0, width*4/7, height*4/7))
	for y := range small.Rect.Dy() {
		room.paintRow(small, y, seed)
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.ApproxBiLinear.Scale(img, img.Rect, small, small.Rect, draw.Src, nil)
	stamp(img, caption)
	return encodeJPEG(img, thumbQuality)
}

type vec [3]float32

// box is a piece of furniture, axis parallel. The room is one too, seen from inside: x to the right
// 0..w, y up 0..h, z away from the camera 0..d, in metres.
type box struct {
	lo, hi vec
	tint   vec
	stripe float32    // distance of door or board joints along x, 0 for none
	seen   [4]float32 // from the eye: x/z from and to, y/z from and to
}

// from notes within which slopes the box is seen from the eye, which is in front of it.
func (b box) from(eye vec) box {
	near, far := 1/(b.lo[2]-eye[2]), 1/(b.hi[2]-eye[2])
	for i := range 2 {
		lo, hi := b.lo[i]-eye[i], b.hi[i]-eye[i]
		b.seen[2*i], b.seen[2*i+1] = min(lo*near, lo*far), max(hi*near, hi*far)
	}
	return b
}

type room struct {
	stage      Stage
	w, h, d    float32
	eye        vec
	pan        float32
	wall, trim vec
	floor      vec
	light      float32
	warm       float32
	win        [4]float32 // window in the left or right wall: z from, z to, y from, y to
	right      bool       // the window is in the right wall
	sun        vec        // direction towards the light
	tile       float32
	boxes      []box
}

func newRoom(seed uint64, stage Stage) *room {
	r := rand.New(rand.NewPCG(seed, uint64(stage)+1))
	between := func(a, b float32) float32 { return a + (b-a)*r.Float32() }
	m := &room{stage: stage, w: between(3.4, 5.2), h: between(2.6, 2.95), d: between(4.2, 6)}
	m.eye = vec{m.w * between(0.35, 0.65), between(1.35, 1.65), -0.9}
	m.pan, m.light, m.warm = between(-0.22, 0.22), between(0.85, 1.1), between(-0.04, 0.07)
	m.right = r.IntN(2) == 0
	z := between(1.4, m.d-2.2)
	m.win = [4]float32{z, z + between(1.2, 1.9), between(0.5, 1), between(2.1, 2.4)}
	m.sun = vec{-1, between(0.7, 1.1), between(-0.5, 0.5)}
	if m.right {
		m.sun[0] = 1
	}
	m.tile = []float32{0.4, 0.6, 0.8}[r.IntN(3)]
	m.wall = pick(r, vec{.93, .91, .86}, vec{.86, .89, .88}, vec{.80, .86, .90}, vec{.90, .85, .78}, vec{.78, .84, .76}, vec{.89, .82, .82})
	m.trim = pick(r, vec{.55, .36, .20}, vec{.68, .50, .32}, vec{.38, .25, .16}, vec{.74, .62, .46})
	m.floor = pick(r, vec{.80, .78, .74}, vec{.66, .66, .67}, vec{.85, .80, .70}, vec{.58, .55, .52})
	m.furnish(r, between)
	return m
}

func pick(r *rand.Rand, of ...vec) vec { return of[r.IntN(len(of))] }

// furnish places what stands in the room at its stage.
func (m *room) furnish(r *rand.Rand, between func(a, b float32) float32) {
	add := func(x, z, y, w, h, d, stripe float32, tint vec) {
		b := box{lo: vec{x, y, z}, hi: vec{x + w, y + h, z + d}, tint: tint, stripe: stripe}
		m.boxes = append(m.boxes, b.from(m.eye))
	}
	x := between(0.2, m.w-2.4)
	switch m.stage {
	case Bare:
		for i := range 2 + r.IntN(4) {
			add(x+0.05*float32(i%2), m.d-1.1, 0.14*float32(i), 0.75, 0.14, 0.5, 0, vec{.62, .60, .55})
		}
		add(x+1.3, m.d-0.8, 0, 0.35, between(0.3, 0.5), 0.35, 0, vec{.75, .35, .12})
	case Wiring:
		add(x, m.d-0.9, 0, 0.6, 0.35, 0.5, 0, vec{.72, .56, .36})
		add(x+1, m.d-0.5, 0, 0.3, between(0.9, 1.4), 0.3, 0, vec{.20, .38, .62})
	case Tiling:
		for i := range 3 + r.IntN(4) {
			add(x, m.d-1.3, 0.11*float32(i), m.tile, 0.1, m.tile, 0, vec{.78, .62, .42})
		}
		add(x+1.4, m.d-1, 0, 0.3, 0.32, 0.3, 0, vec{.85, .85, .82})
	case Carpentry:
		add(x, m.d-0.6, 0, between(1.2, 2), between(1.9, 2.3), 0.55, 0.5, vec{.86, .78, .66})
		add(0.3+between(0, 0.6), m.d-2.2, 0, 1.6, 0.3, 0.5, 0, vec{.80, .66, .46})
	case Painting:
		add(x, m.d-1.6, 0, 0.32, 0.36, 0.32, 0, vec{.92, .92, .90})
		add(x+0.5, m.d-1.4, 0, 0.32, 0.36, 0.32, 0, m.wall)
		add(x+1.2, m.d-0.7, 0, 0.5, between(1, 1.5), 0.4, 0.12, vec{.75, .72, .66})
	default:
		sofa := pick(r, vec{.42, .47, .52}, vec{.62, .52, .42}, vec{.30, .42, .40}, vec{.66, .42, .32})
		add(x, m.d-1, 0.1, 2, 0.38, 0.9, 0.67, sofa)
		add(x, m.d-0.3, 0.1, 2, 0.8, 0.25, 0.67, scale(sofa, .92))
		add(x+0.4, m.d-2.1, 0.32, 1.1, 0.06, 0.6, 0, m.trim)
		add(x+0.8, m.d-1.9, 0, 0.3, 0.32, 0.25, 0, scale(m.trim, .7))
		add(x+0.3, m.d-0.05, 1.4, between(0.6, 1.3), 0.6, 0.04, 0.2, pick(r, vec{.75, .45, .35}, vec{.30, .45, .55}, vec{.80, .70, .45}))
	}
}

func (m *room) paintRow(img *image.RGBA, y int, seed uint64) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	focal := 1.6 * float32(max(w, h*4/3)) / 2
	row := img.Pix[y*img.Stride:]
	for x := range w {
		dx, dy := (float32(x)-float32(w)/2)/focal, (float32(h)*0.45-float32(y))/focal
		c := m.see(vec{dx + m.pan, dy, 1 - dx*m.pan})
		vignette := 1 - 0.16*(dx*dx+dy*dy)
		grain := (noise(seed, int32(x), int32(y), 0) - 0.5) * 0.035
		for i, tint := range [3]float32{m.warm, 0, -m.warm} {
			row[4*x+i] = tone(c[i]*(vignette+tint)*m.light + grain)
		}
		row[4*x+3] = 255
	}
}

// tone maps light to a byte, with a soft shoulder so that windows do not clip hard.
func tone(v float32) uint8 {
	v = max(v, 0)
	if v > 0.75 {
		v = 0.75 + 0.25*(1-1/(1+4*(v-0.75)))
	}
	return uint8(v * 255)
}

// see follows a ray from the eye to the nearest surface and returns its colour.
func (m *room) see(dir vec) vec {
	inv := vec{1 / dir[0], 1 / dir[1], 1 / dir[2]}
	far, axis := (m.d-m.eye[2])*inv[2], 2
	if t := max((m.w-m.eye[0])*inv[0], -m.eye[0]*inv[0]); t < far {
		far, axis = t, 0
	}
	if t := max((m.h-m.eye[1])*inv[1], -m.eye[1]*inv[1]); t < far {
		far, axis = t, 1
	}
	var hit *box
	right, up := dir[0]*inv[2], dir[1]*inv[2]
	for i := range m.boxes {
		b := &m.boxes[i]
		if right < b.seen[0] || right > b.seen[1] || up < b.seen[2] || up > b.seen[3] {
			continue
		}
		if t, a, ok := b.meet(m.eye, inv); ok && t < far {
			far, axis, hit = t, a, b
		}
	}
	p := vec{m.eye[0] + dir[0]*far, m.eye[1] + dir[1]*far, m.eye[2] + dir[2]*far}
	if hit != nil {
		return m.lit(hit.surface(p, axis), p, axis, dir)
	}
	if c, ok := m.window(p, axis); ok {
		return c
	}
	return m.lit(m.surface(p, axis), p, axis, dir)
}

func (b *box) meet(eye, inv vec) (float32, int, bool) {
	near, far, axis := float32(0), float32(math.MaxFloat32), -1
	for i := range 3 {
		t0, t1 := (b.lo[i]-eye[i])*inv[i], (b.hi[i]-eye[i])*inv[i]
		if t0 > t1 {
			t0, t1 = t1, t0
		}
		if t0 > near {
			near, axis = t0, i
		}
		far = min(far, t1)
		if near > far {
			return 0, 0, false
		}
	}
	return near, axis, axis >= 0
}
